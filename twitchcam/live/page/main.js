/** The page of the live session: takes the program's messages and hands each to those whom it concerns. */

import { makeAnnouncer } from "./announcer.js";
import { liveColours } from "./colours.js";
import { Dial } from "./dial.js";
import { listenToKeys, makeAsk } from "./dialogs.js";
import { byId, make, say, show } from "./dom.js";
import { Events } from "./events.js";
import { Guide } from "./guide.js";
import { Keep } from "./keep.js";
import { Lamps } from "./lamps.js";
import { Numbers, whyUnknown } from "./numbers.js";
import { Preview } from "./preview.js";
import { Questionnaire } from "./questionnaire.js";
import { ResultCard } from "./result.js";
import { Review } from "./review.js";
import { Samples } from "./samples.js";
import { Socket } from "./socket.js";
import { Sound } from "./sound.js";
import { Stages } from "./stages.js";
import { Traces } from "./traces.js";
import { Usable } from "./usable.js";
import { perMinute } from "./words.js";

const LOST = "The connection to twitchcam is gone. Trying again … If you ended the program, close this page. What was recorded is kept as long as the program runs.";
const OLD = "This address is not valid any more: the program was started anew. Use the address that it printed last.";

const announce = makeAnnouncer();
const samples = new Samples();
const traces = new Traces(samples, liveColours(() => (traces.dirty = true)));
const preview = new Preview((n) => socket.send({ type: "seen", n }));
const sound = new Sound();
const guide = new Guide(sound, announce);
const lamps = new Lamps(announce);
const events = new Events(samples, announce);
const numbers = new Numbers(byId("numbers"));
const dial = new Dial();
const usable = new Usable(announce);
const card = new ResultCard();
const ask = makeAsk();
const keep = new Keep(send, ask);
const review = new Review(send, announce);
const questionnaire = new Questionnaire((values, final) => answer(values, final), announce);
const stages = new Stages(announce, { onReady: clearSession, onFinished: () => keep.begin() });

function send(message) {
  const sent = socket.send(message);
  if (!sent) notice("Not connected to the program just now; nothing was sent.");
  return sent;
}

function answer(values, final) {
  if (send({ type: "answers", values, final }) && final) stages.finishQuestions();
}

function clearSession() {
  samples.clear();
  events.clear();
  questionnaire.clear();
  showLook({});
}

function notice(text) {
  say(byId("notice-text"), text);
  show(byId("notice"), text !== "");
}

const takers = {
  hello(message) {
    say(byId("source"), message.source?.name ?? "");
    say(byId("version"), message.version ? `twitchcam ${message.version}` : "");
    preview.mirror = message.mirror !== false;
    guide.takeHello(message.protocols);
    questionnaire.takeHello(message.questions);
    questionnaire.adopt(message.answers);
    keep.takeHello(message);
    if (message.earlier) showEarlier(message.earlier);
  },
  state(message) {
    const now = performance.now();
    if (message.t_s < samples.end - 1) clearSession(); // begun anew while this page was cut off
    samples.marks = message.marks ?? [];
    traces.dirty = true;
    traces.running = message.state === "running";
    guide.takeState(message, now);
    stages.take(message);
    show(byId("clip-note"), message.source_ends === true);
    usable.takeState(message);
    keep.takeState(message);
    if (!["running", "paused"].includes(message.state)) sound.stop();
    if (message.failed && message.failed !== stages.told) notice(message.failed);
    stages.told = message.failed;
  },
  shot: (message) => preview.takeShot(message),
  inset: (message) => preview.takeInset(message),
  traces: (message) => samples.add(message, performance.now()),
  look(message) {
    samples.takeLook(message);
    traces.dirty = true;
    events.takeLook(message, performance.now());
    showLook(message);
  },
  result(message) {
    card.take(message);
    review.take(message);
    questionnaire.adopt(message.answers);
    questionnaire.takeResult(message.level, message.title, message.summary?.triage);
    stages.takeResult(message);
  },
  earlier: (message) => showEarlier(message.earlier ?? []),
  error(message) {
    keep.failed();
    review.failed();
    notice(message.text ?? "Something went wrong.");
  },
};

function showLook(look) {
  numbers.show(look);
  dial.show(look.asymmetry, whyUnknown(look, "side"));
  usable.takeLook(look);
  lamps.show(look.lamps, look.camera);
  stages.takeCamera(look.camera);
}

function showEarlier(sessions) {
  show(byId("earlier-box"), sessions.length > 0);
  byId("earlier").replaceChildren(...sessions.map(({ name, when, title, rate_per_min: rate }) =>
    make("li", {}, make("b", { text: name ?? "" }), " ", make("time", { class: "soft", text: String(when ?? "").replace("T", " ") }), " ",
      make("span", { text: [title, Number.isFinite(rate) ? perMinute(rate) : ""].filter(Boolean).join(", ") }))));
}

function takeLink(link) {
  const text = { open: "", lost: LOST, old: OLD }[link];
  if (link === "open" && !byId("banner").hidden) announce("Connected again.");
  document.body.classList.toggle("cut-off", link !== "open");
  if (link === "lost" && byId("banner-text").textContent === OLD) return;
  say(byId("banner-text"), text);
  show(byId("banner"), text !== "");
}

const socket = new Socket((message) => takers[message.type]?.(message), takeLink);

const actions = {
  "start-free": () => send({ type: "start", mode: "free", video: byId("with-video").checked }),
  "start-protocol": () => {
    sound.ready();
    send({ type: "start", mode: "protocol", protocol: guide.chosen?.name, video: byId("with-video").checked });
  },
  stop: () => send({ type: "stop" }),
  pause: () => send({ type: stages.state === "paused" ? "resume" : "pause" }),
  mark: () => {
    if (send({ type: "mark", note: byId("mark-note").value.trim() })) announce("Marked.");
    byId("mark-note").value = "";
  },
  restart: () => ask({ title: "Start over?", text: "What was recorded so far is dropped.", yes: "Start over", no: "Go on recording" },
    () => send({ type: "restart" })),
  "again-questions": () => stages.editQuestions(),
  "notice-close": () => notice(""),
};
for (const [id, act] of Object.entries(actions)) byId(id).addEventListener("click", act);
listenToKeys({ q: "start-free", g: "start-protocol", p: "pause", m: "mark", e: "stop" });
showLook({});

function frame(now) {
  preview.draw(now);
  traces.draw(now);
  guide.tick(now);
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
