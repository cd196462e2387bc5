/** Questionnaire: one part at a time, red flags first; every question may be left out. */

import { holds } from "./conditions.js";
import { byId, listTexts, make, say, show } from "./dom.js";
import { makeField } from "./fields.js";

const CANNOT_WAIT = ["emergency", "urgent"];
const AT_ONCE = "If this is new, call the emergency number (112, 999 or 911) now. The other questions can wait.";

export class Questionnaire {
  /** @param onAnswers (values, final) when an answer changes, or the person is done. */
  constructor(onAnswers, announce) {
    Object.assign(this, { onAnswers, announce, sections: [], items: [], part: 0, values: {}, touched: false });
    byId("form").addEventListener("submit", (event) => event.preventDefault());
    byId("skip-all").addEventListener("click", () => this.done());
  }

  takeHello({ sections = [], items = [] } = {}) {
    const before = JSON.stringify([this.sections, this.items]);
    Object.assign(this, { sections, items });
    if (JSON.stringify([sections, items]) !== before) this.render();
  }

  /** Begin anew, for a new recording. */
  clear() {
    Object.assign(this, { values: {}, part: 0, touched: false });
    this.clearAlarm();
    this.render();
  }

  /** Take answers that the program holds already (a reload, another tab), unless this page has its own. */
  adopt(values) {
    if (this.touched || !values || JSON.stringify(values) === JSON.stringify(this.values)) return;
    this.values = { ...values };
    this.render();
  }

  asked(item) {
    return holds(item.asked_if, this.values);
  }

  /** The answers to questions that are asked. */
  get answers() {
    const given = this.items.filter((item) => this.values[item.key] !== undefined && this.asked(item));
    return Object.fromEntries(given.map((item) => [item.key, this.values[item.key]]));
  }

  get parts() {
    return this.sections.filter((section) => this.items.some((item) => item.section === section.id && this.asked(item)));
  }

  render() {
    const form = byId("form");
    const section = this.parts[this.part];
    if (!section) return form.replaceChildren();
    this.shown = this.items.filter((item) => item.section === section.id);
    this.fields = new Map(this.shown.map((item) => [item.key, this.field(item)]));
    const title = make("h2", { id: "part-title", tabindex: "-1", text: section.title });
    const place = make("p", { class: "soft small", text: `Part ${this.part + 1} of ${this.parts.length}` });
    const bar = make("progress", { max: this.parts.length, value: this.part + 1, "aria-label": "Parts of the questions" });
    form.replaceChildren(place, bar, title, make("p", { class: "soft", text: section.intro ?? "" }),
      ...this.noToAll(), ...this.fields.values(), this.buttons());
    return this.showAsked();
  }

  field(item) {
    return makeField(item, this.values[item.key], (value) => this.answer(item, value));
  }

  showAsked() {
    for (const item of this.shown) show(this.fields.get(item.key), this.asked(item));
  }

  noToAll() {
    const signs = this.shown.filter((item) => item.red_flag && item.kind === "yes_no");
    if (signs.length < 2) return [];
    const button = make("button", { type: "button", id: "no-to-all", text: "No to all of these" });
    button.addEventListener("click", () => {
      for (const item of signs) if (this.asked(item) && this.values[item.key] === undefined) this.values[item.key] = false;
      this.tell();
      this.render();
      byId("next-part").focus();
    });
    return [make("p", {}, button)];
  }

  buttons() {
    const last = this.part >= this.parts.length - 1;
    const back = make("button", { type: "button", id: "back-part", text: "Back" });
    const next = make("button", { type: "button", id: "next-part", class: "primary", text: last ? "Show the result" : "Next" });
    back.addEventListener("click", () => this.go(this.part - 1));
    next.addEventListener("click", () => (last ? this.done() : this.go(this.part + 1)));
    back.hidden = this.part === 0;
    return make("div", { class: "buttons" }, next, back);
  }

  go(part) {
    this.part = part;
    this.render();
    byId("part-title").focus({ preventScroll: true });
    byId("questions-title").scrollIntoView();
  }

  answer(item, value) {
    if (value === undefined) delete this.values[item.key];
    else this.values[item.key] = value;
    const flagged = item.red_flag && value === true && item.key !== "forehead_spared";
    if (flagged && byId("alarm").hidden) this.alarm(item.title, [], [AT_ONCE]);
    this.showAsked();
    this.tell();
  }

  tell() {
    this.touched = true;
    this.onAnswers(this.answers, false);
  }

  done() {
    this.onAnswers(this.answers, true);
  }

  /** Show what the rules say about a sign that cannot wait, as soon as they say it. */
  takeResult(level, title, triage) {
    if (!Object.keys(this.values).length || !CANNOT_WAIT.includes(level)) return this.clearAlarm();
    return this.alarm(title, triage?.reasons ?? [], triage?.advice ?? []);
  }

  alarm(title, reasons, advice) {
    const box = byId("alarm");
    const told = JSON.stringify([title, reasons, advice]);
    if (told === this.told) return;
    this.told = told;
    const [why, what] = [make("ul"), make("ul")];
    listTexts(why, reasons);
    listTexts(what, advice);
    const stop = make("button", { type: "button", class: "primary", text: "Stop here and show the result" });
    stop.addEventListener("click", () => this.done());
    box.replaceChildren(make("h2", { text: title }), what, ...(reasons.length ? [make("p", { class: "small", text: "Why:" }), why] : []),
      stop, make("p", { class: "small", text: "If that answer was a slip, change it below." }));
    show(box, true);
    box.scrollIntoView({ block: "nearest" });
  }

  clearAlarm() {
    this.told = "";
    show(byId("alarm"), false);
    byId("alarm").replaceChildren();
  }
}
