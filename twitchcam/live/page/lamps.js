/** Lamps: how good the picture is, with what to do. A sign and words beside the colour. */

import { byId, make, say, show } from "./dom.js";
import { lampName, number } from "./words.js";

const SIGNS = { ok: "✓", warn: "!", bad: "✕", unknown: "–" };
const LEVELS = { ok: "good", warn: "could be better", bad: "needs help", unknown: "not known yet" };
const WORST = ["bad", "warn"];

export class Lamps {
  constructor(announce) {
    Object.assign(this, { announce, rows: new Map(), hint: byId("hint"), told: "" });
  }

  show(lamps = [], camera = null) {
    for (const lamp of lamps) this.showOne(lamp);
    // What is no matter of the moment stands below; here it would only cover the mouth.
    const pressing = lamps.filter((lamp) => lamp.level === "bad" || lamp.id !== "camera");
    const level = WORST.find((each) => pressing.some((lamp) => lamp.level === each));
    const worst = level && pressing.find((lamp) => lamp.level === level);
    const trouble = camera?.state === "lost" ? camera.trouble || "The camera is gone. It is looked for." : "";
    const text = trouble || worst?.text || "";
    say(this.hint, text);
    show(this.hint, text !== "");
    this.hint.dataset.level = trouble ? "bad" : (level ?? "");
    if (text && text !== this.told && (trouble || level === "bad")) this.announce(text);
    this.told = text;
    if (camera) this.showCamera(camera);
  }

  showOne({ id, level, text }) {
    if (!this.rows.has(id)) this.rows.set(id, this.addRow(id));
    const { row, sign, state, advice } = this.rows.get(id);
    row.dataset.level = level;
    say(sign, SIGNS[level] ?? SIGNS.unknown);
    say(state, LEVELS[level] ?? LEVELS.unknown);
    say(advice, WORST.includes(level) ? (text ?? "") : "");
  }

  addRow(id) {
    const sign = make("span", { class: "lamp", "aria-hidden": "true" });
    const state = make("span", { class: "lamp-state" });
    const advice = make("span", { class: "lamp-text" });
    const row = make("li", { "data-lamp": id }, sign, make("span", {}, make("b", { text: lampName(id) }), " ", state, advice));
    byId("lamps").append(row);
    return { row, sign, state, advice };
  }

  showCamera({ fps, dropped, notes = [] }) {
    const parts = [];
    if (Number.isFinite(fps)) parts.push(`${number(fps, 0)} pictures a second`);
    if (dropped > 0) parts.push(`${dropped} left out to keep up`);
    say(byId("camera-words"), [parts.join(", "), ...notes.slice(-2)].filter(Boolean).join(". "));
  }
}
