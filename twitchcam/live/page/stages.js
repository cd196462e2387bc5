/** Stages: which part of the page is there. The program's state decides; focus follows the person. */

import { byId, say, show } from "./dom.js";

const WORDS = {
  ready: "Ready. Choose the quick look or the guided session.",
  running: "Recording.",
  paused: "Paused.",
  finishing: "Looking at the whole recording.",
  questions: "A few questions.",
  result: "The result.",
};
const TITLES = { running: "run-title", finishing: "finishing-title", questions: "questions-title", result: "card-title", ready: "main" };
const TABS = { running: "● ", paused: "‖ ", finishing: "… ", questions: "? ", result: "✓ " };
const RUN = {
  running: ["Recording", "Relax your face, look into the camera, do not speak."],
  paused: ["Paused", "Nothing is recorded now. What came before is kept."],
  lost: ["Waiting for the camera", "Nothing is recorded until it is back. What came before is kept."],
};
const GAP = ["running", "paused"];

export class Stages {
  constructor(announce, { onReady, onFinished }) {
    Object.assign(this, { announce, onReady, onFinished, stage: "connecting", state: null, answered: false, editing: false });
    this.parts = [...document.querySelectorAll("[data-stages]")];
    this.apply("connecting");
  }

  take(message) {
    const before = this.state;
    this.state = message.state;
    const ended = message.state === "finished";
    if (!ended) Object.assign(this, { answered: false, editing: false, result: false });
    if (message.state === "ready" && before !== "ready") this.onReady();
    if (message.state === "running" && before !== "running" && before !== "paused" && before !== "ready") this.onReady();
    if (ended && before !== "finished") this.onFinished();
    say(byId("pause"), message.state === "paused" ? "Go on" : "Pause");
    this.sayRun();
    this.go();
  }

  /** A camera that is gone records nothing, whatever the state says. */
  takeCamera(camera) {
    this.lost = camera?.state === "lost";
    this.sayRun();
  }

  sayRun() {
    const [title, text] = RUN[this.state === "paused" ? "paused" : this.lost ? "lost" : "running"];
    say(byId("run-title"), title);
    say(byId("run-text"), text);
  }

  takeResult({ answers_final: final }) {
    this.result = true;
    if (final) this.answered = true;
    this.go();
  }

  /** The person is done with the questions: the result comes with the program's next message. */
  finishQuestions() {
    Object.assign(this, { answered: true, editing: false });
    this.go();
  }

  editQuestions() {
    this.editing = true;
    this.go();
  }

  go() {
    if (this.state !== "finished") return this.apply(this.state);
    if (!this.result) return this.apply("finishing");
    return this.apply(this.answered && !this.editing ? "result" : "questions");
  }

  apply(stage) {
    const before = this.stage;
    if (stage === before && document.body.dataset.stage === stage && this.begun) return;
    Object.assign(this, { stage, begun: true });
    document.body.dataset.stage = stage;
    document.title = `${TABS[stage] ?? ""}twitchcam live`;
    for (const part of this.parts) show(part, part.dataset.stages.split(" ").includes(stage));
    if (WORDS[stage]) this.announce(WORDS[stage]);
    const kept = GAP.includes(stage) && GAP.includes(before);
    if (before !== "connecting" && !kept) this.moveFocus(stage);
  }

  /** What had the focus may be gone now: go to the heading of what came in its place. */
  moveFocus(stage) {
    const guided = stage === "running" && byId("free-words").hidden;
    const target = byId(guided ? "stop" : TITLES[stage]);
    target?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }
}
