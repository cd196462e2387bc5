/** Numbers: what was measured so far. Each unknown one is a dash, and tells on demand why. */

import { make, say, show } from "./dom.js";
import { DASH, interval, known, mm, number, perMinute, sideName, withUnit } from "./words.js";

const LEAST_S = 10;

/** Why a number is not there; `data` as in a look. */
export function whyUnknown(data, what) {
  const usable = known(data?.usable_s) ? data.usable_s : 0;
  if (usable < LEAST_S) {
    return `Too little was measured well so far: ${number(usable, 0)} s; at least ${LEAST_S} s are needed.`;
  }
  if (data.verdict === "unusable" && data.reasons?.length) return data.reasons[0];
  if (what !== "smallest" && data.events === 0) return "No twitch was counted so far.";
  if (what === "rhythm") return "No even rhythm stands out so far.";
  if (what === "side") return "The movement is too small or too short to tell the sides apart.";
  return data.reasons?.[0] ?? "The picture was not good enough to tell.";
}

const ROWS = [
  ["events", "Twitches", (d) => (d.events > 0 || (d.events === 0 && d.usable_s >= 1) ? String(d.events) : DASH), () => "counted"],
  ["rate", "How often", (d) => perMinute(d.rate_per_min), () => "of the time measured well"],
  ["rhythm", "Rhythm", (d) => withUnit(d.dominant_hz, 1, "Hz"), (d) => ci(d.dominant_hz_ci, 1, "Hz") || "times a second"],
  ["size", "Size", (d) => mm(d.amplitude_mm?.median), (d) => largest(d.amplitude_mm)],
  ["side", "Side", (d) => (d.side ? sideName(d.side) : DASH), () => "where twitches were counted"],
  ["smallest", "Smallest twitch that would be seen", (d) => mm(d.min_detectable_mm), () => "at the lips"],
];
const ci = (range, digits, unit) => (interval(range, digits) ? `95 %: ${interval(range, digits)} ${unit}` : "");
const largest = (size) => (known(size?.max) ? `usual; largest ${mm(size.max)}` : "usual, from end to end");

export class Numbers {
  constructor(list) {
    this.rows = ROWS.map(([id, label, value, note]) => {
      const shown = make("span", { class: "figure" });
      const small = make("small");
      const reason = make("span", { class: "reason" });
      const why = make("details", { class: "why" }, make("summary", { text: "why?", "aria-label": `${label}: why is it not known?` }), reason);
      list.append(make("div", { class: "value", "data-number": id }, make("dt", { text: label }), make("dd", {}, shown, small, why)));
      return { id, value, note, shown, small, why, reason };
    });
  }

  show(data) {
    for (const row of this.rows) {
      const text = data ? row.value(data) : DASH;
      const unknown = text === DASH;
      say(row.shown, text);
      say(row.small, unknown ? "" : row.note(data));
      show(row.why, unknown);
      if (unknown) say(row.reason, whyUnknown(data, row.id));
    }
  }
}
