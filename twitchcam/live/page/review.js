/** Review: the finished session's events, each to be rejected, relabelled or added, and taken back. */

import { byId, make, say, show } from "./dom.js";
import { count, mm, number, reasonName, regionName, typeName } from "./words.js";

const TYPES = ["twitch", "tonic", "blink", "voluntary"];
const SHOWN = 300;
const SAID = { reject: "rejected by you", relabel: "changed by you", add: "added by you" };
const KEYS = { r: "reject", delete: "reject", u: "keep", t: "twitch", h: "tonic", b: "blink", v: "voluntary" };

export class Review {
  constructor(send, announce) {
    Object.assign(this, { send, announce, list: byId("review"), rows: new Map(), asked: null });
    this.list.addEventListener("keydown", (event) => this.takeKey(event));
    byId("review-add").addEventListener("submit", (event) => {
      event.preventDefault();
      this.add();
    });
  }

  take({ events = [], summary }) {
    const shown = events.slice(0, SHOWN);
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, row] of this.rows) if (!ids.has(id)) this.drop(id, row);
    let before = null;
    for (const event of shown) {
      const row = this.rows.get(event.id) ?? this.make(event.id);
      this.fill(row, event);
      const place = before ? before.nextSibling : this.list.firstChild;
      if (row !== place) this.list.insertBefore(row, place);
      before = row;
    }
    const counted = events.filter(({ action, gated }) => action !== "reject" && !gated).length;
    say(byId("review-count"), `(${events.length}, ${counted} counted)`);
    show(byId("review-empty"), events.length === 0);
    show(this.list, events.length > 0);
    say(byId("review-more"), events.length > SHOWN ? `The first ${SHOWN} are shown. Save, and review the rest with "twitchcam review".` : "");
    this.tell(summary?.review, counted);
  }

  tell(review, counted) {
    const parts = review ? ["rejected", "relabelled", "added"].filter((name) => review[name]).map((name) => `${review[name]} ${name}`) : [];
    say(byId("review-words"), parts.length ? `Reviewed: ${parts.join(", ")}. All numbers here rest on your review; the automatic events are kept beside it.` : "");
    if (this.asked) this.announce(`Done. ${count(counted, "movement counts", "movements count")} now.`);
    this.asked = null;
    byId("review-box").removeAttribute("aria-busy");
  }

  /** What was asked for is not possible; the program has said why. */
  failed() {
    this.asked = null;
    byId("review-box").removeAttribute("aria-busy");
  }

  make(id) {
    const kinds = make("select", {}, ...TYPES.map((type) => make("option", { value: type, text: typeName(type) })));
    const row = make("li", { tabindex: "0" }, make("time"), make("span", { class: "what" }), make("b"), make("small"),
      make("span", { class: "row" }, kinds, make("button", { type: "button", class: "quiet" })));
    row.dataset.id = id;
    kinds.addEventListener("change", () => this.relabel(row, kinds.value));
    row.querySelector("button").addEventListener("click", () => this.decide(row, row.dataset.action === "keep" ? "reject" : "keep"));
    this.rows.set(id, row);
    return row;
  }

  fill(row, event) {
    const name = `${typeName(event.trial_type)}, ${regionName(event.region)}`;
    const at = `${number(event.peak_s, 2)} s`;
    row.dataset.action = event.action;
    row.dataset.type = event.trial_type;
    row.className = event.action === "reject" ? "rejected" : event.gated ? "gated" : "";
    say(row.querySelector("time"), at);
    say(row.querySelector(".what"), name);
    say(row.querySelector("b"), mm(event.amplitude_mm));
    const notes = [event.gated ? `not counted: ${reasonName(event.gated)}` : "", SAID[event.action] ?? ""];
    say(row.querySelector("small"), notes.filter(Boolean).join("; "));
    const kinds = row.querySelector("select");
    kinds.value = event.trial_type;
    kinds.disabled = event.action === "reject" || event.action === "add";
    kinds.setAttribute("aria-label", `What it is, at ${at}`);
    const button = row.querySelector("button");
    say(button, { keep: "Reject", add: "Take away" }[event.action] ?? "Undo");
    button.setAttribute("aria-label", `${button.textContent}: ${name}, at ${at}`);
    row.setAttribute("aria-label", [name, at, row.querySelector("small").textContent].filter(Boolean).join(", "));
  }

  /** The focus goes to the neighbour of a row that is gone. */
  drop(id, row) {
    if (row.contains(document.activeElement)) (row.nextSibling ?? row.previousSibling ?? byId("review-title")).focus();
    row.remove();
    this.rows.delete(id);
  }

  takeKey(event) {
    const row = event.target.closest("li");
    const step = { ArrowDown: "nextSibling", ArrowUp: "previousSibling" }[event.key];
    if (!row || event.target !== row || event.ctrlKey || event.altKey || event.metaKey) return;
    const said = byId("keys-on").checked ? KEYS[event.key.toLowerCase()] : undefined;
    if (step) row[step]?.focus();
    else if (TYPES.includes(said)) this.relabel(row, said);
    else if (said) this.decide(row, said);
    else return;
    event.preventDefault();
  }

  relabel(row, type) {
    if (row.dataset.action === "add" || row.dataset.action === "reject" || row.dataset.type === type) return;
    this.ask(row.dataset.id, { action: "relabel", new_type: type });
  }

  decide(row, action) {
    if (row.dataset.action === action) return;
    this.ask(row.dataset.id, { action });
  }

  add() {
    const [from, to] = ["review-from", "review-to"].map((id) => Number.parseFloat(byId(id).value.replace(",", ".")));
    if (!Number.isFinite(from)) return byId("review-from").focus();
    if (!Number.isFinite(to)) return byId("review-to").focus();
    this.ask("", { onset: from, offset: to, new_type: byId("review-kind").value });
    return undefined;
  }

  ask(event, values) {
    if (!this.send({ type: "review", event, values })) return;
    this.asked = true;
    byId("review-box").setAttribute("aria-busy", "true");
  }
}
