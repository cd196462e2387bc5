/** Result: the triage card, the main numbers, and the way to the full report. */

import { byId, listTexts, make, say, show } from "./dom.js";
import { DASH, clock, interval, known, mm, number, perMinute, regionName, sideName, withUnit } from "./words.js";

const SIGNS = { emergency: "!!", urgent: "!", see_doctor: "→", self_care: "✓", no_finding: "–", unable: "?" };
const VERDICTS = { ok: "The recording is good enough to answer.", limited: "The recording answers in part.", unusable: "The recording cannot answer." };
const range = (ci, digits, unit) => (interval(ci, digits) ? `95 %: ${interval(ci, digits)}${unit}` : "");

const ROWS = [
  ["Twitches", ({ lips }) => (known(lips.events) ? String(lips.events) : DASH), ({ lips }) => (known(lips.runs) ? `in ${lips.runs} ${lips.runs === 1 ? "run" : "runs"}` : "")],
  ["How often", ({ lips }) => perMinute(lips.rate_per_min), () => ""],
  ["Rhythm", ({ lips }) => withUnit(lips.dominant_hz, 1, "Hz"), ({ lips }) => range(lips.dominant_hz_ci, 1, " Hz")],
  ["Size", ({ lips }) => mm(lips.amplitude_mm?.median), ({ lips }) => (known(lips.amplitude_mm?.max) ? `largest ${mm(lips.amplitude_mm.max)}` : "")],
  ["Side", ({ lips }) => (lips.side ? sideName(lips.side) : DASH), ({ lips }) => (lips.regions ?? []).slice(0, 2).map(regionName).join("; ")],
  ["Left against right", ({ lips }) => number(lips.asymmetry?.index, 2), ({ lips }) => [range(lips.asymmetry?.ci, 2, ""), "+1 is your left only"].filter(Boolean).join("; ")],
  ["Measured well", ({ quality }) => withUnit(quality.usable_s, 0, "s"), ({ source }) => (known(source?.duration_s) ? `of ${clock(source.duration_s)} min` : "")],
];

export class ResultCard {
  take({ summary, level, title, report, findings }) {
    listTexts(byId("found-words"), (findings ?? []).filter((sentence) => !sentence.startsWith("Triage:")));
    byId("card").dataset.level = level;
    say(byId("card-sign"), SIGNS[level] ?? "?");
    say(byId("card-level"), title ?? level);
    listTexts(byId("card-reasons"), summary?.triage?.reasons ?? []);
    listTexts(byId("card-advice"), summary?.triage?.advice ?? []);
    show(byId("report"), Boolean(report));
    if (summary) this.takeNumbers(summary);
  }

  takeNumbers(summary) {
    const { quality } = summary;
    say(byId("found-verdict"), VERDICTS[quality.verdict] ?? "");
    listTexts(byId("found-reasons"), quality.reasons ?? []);
    byId("found").replaceChildren(...ROWS.map(([label, value, note]) => {
      const text = value(summary);
      const small = text === DASH ? (quality.reasons?.[0] ? "see below why" : "nothing there to measure") : note(summary);
      return make("div", { class: "value" }, make("dt", { text: label }), make("dd", {}, make("span", { class: "figure", text }), make("small", { text: small })));
    }));
  }
}
