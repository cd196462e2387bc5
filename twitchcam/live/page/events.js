/** Events: the list, newest first; told politely and seldom to a screen reader. */

import { byId, make, say, show } from "./dom.js";
import { clock, count, mm, reasonName, regionName, typeName } from "./words.js";

const SHOWN = 60;
const TELL_EVERY_MS = 5000;

export class Events {
  constructor(samples, announce) {
    Object.assign(this, { samples, announce, list: byId("events"), rows: new Map(), untold: [], toldMs: 0 });
  }

  clear() {
    this.rows.clear();
    this.untold = [];
    this.list.replaceChildren();
    this.update();
  }

  takeLook(look, now) {
    for (const id of look.removed ?? []) this.remove(id);
    for (const event of look.new_events ?? []) this.add(event);
    this.update();
    this.tell(now);
  }

  remove(id) {
    this.rows.get(id)?.remove();
    this.rows.delete(id);
    this.untold = this.untold.filter((event) => event.id !== id);
  }

  add(event) {
    const known = this.rows.has(event.id);
    this.remove(event.id);
    if (event.trial_type === "blink") return;
    const row = make("li", { class: event.gated ? "gated" : "" },
      make("time", { text: clock(event.peak_s) }),
      make("span", { text: `${typeName(event.trial_type)}, ${regionName(event.region)}` }),
      make("b", { text: mm(event.amplitude_mm) }),
      make("small", { text: event.gated ? `not counted: ${reasonName(event.gated)}` : "" }));
    row.dataset.peak = event.peak_s;
    const later = [...this.list.children].find((other) => Number(other.dataset.peak) <= event.peak_s);
    this.list.insertBefore(row, later ?? null);
    this.rows.set(event.id, row);
    if (!event.gated && !known) this.untold.push(event);
    while (this.list.children.length > SHOWN) this.list.lastChild.remove();
  }

  update() {
    const total = this.rows.size;
    show(byId("events-empty"), total === 0);
    show(this.list, total > 0);
    say(byId("events-count"), total ? `(${total > SHOWN ? `last ${SHOWN} of ` : ""}${total})` : "");
  }

  tell(now) {
    if (!this.untold.length || now - this.toldMs < TELL_EVERY_MS) return;
    const last = this.untold[this.untold.length - 1];
    this.announce(`${count(this.untold.length, "new twitch", "new twitches")}, ${regionName(last.region)}`);
    this.untold = [];
    this.toldMs = now;
  }
}
