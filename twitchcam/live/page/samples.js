/** Samples: the last seconds of every trace, and what happened in them. */

const KEPT_S = 30;
const SLACK = 300;
const OPEN = 0.8; // of the usual opening: below it the eye blinks

export class Samples {
  constructor() {
    this.clear();
  }

  clear() {
    Object.assign(this, { t: [], v: {}, gates: [], marks: [], events: new Map(), arrived: 0 });
  }

  get end() {
    return this.t.length ? this.t[this.t.length - 1] : null;
  }

  /** Take new samples; what overlaps with known ones (after a reload) is left out. */
  add({ t, v }, now) {
    if (t[t.length - 1] < this.end - 1) this.clear(); // a new recording
    const end = this.end ?? -Infinity;
    const from = t.findIndex((x) => x > end);
    if (from < 0) return;
    const before = this.t.length;
    for (let k = from; k < t.length; k++) this.t.push(t[k]);
    for (const [id, values] of Object.entries(v)) {
      const kept = (this.v[id] ??= new Array(before).fill(null));
      for (let k = from; k < t.length; k++) kept.push(values[k] ?? null);
    }
    this.arrived = now;
    this.trim();
  }

  trim() {
    const first = this.first(this.end - KEPT_S);
    if (first < SLACK) return;
    this.t.splice(0, first);
    for (const values of Object.values(this.v)) values.splice(0, first);
  }

  /** Index of the first sample at or after a time. */
  first(time) {
    let [low, high] = [0, this.t.length];
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.t[mid] < time) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** Take what a look says about the last seconds. */
  takeLook(look) {
    for (const id of look.removed ?? []) this.events.delete(id);
    for (const event of look.new_events ?? []) this.events.set(event.id, event);
    this.gates = look.gates ?? [];
  }

  /** The middle value of an opening after a time, and how far it goes from it while not shut. */
  spread(id, since) {
    const known = this.known(id, since).sort((a, b) => a - b);
    if (!known.length) return { middle: 0, spread: 0 };
    const middle = known[known.length >> 1];
    const open = known.filter((value) => value > OPEN * middle);
    return { middle, spread: Math.max(0, open[open.length - 1] - middle, middle - open[0]) };
  }

  /** From the lowest to the highest value of a trace after a time; null when nothing is known. */
  range(id, since) {
    const known = this.known(id, since);
    return known.length ? Math.max(...known) - Math.min(...known) : null;
  }

  known(id, since) {
    return (this.v[id] ?? []).slice(this.first(since)).filter((value) => value !== null);
  }

  /** How far a trace goes from zero after a time; 0 when nothing is known. */
  reach(id, since) {
    const values = this.v[id] ?? [];
    let most = 0;
    for (let k = this.first(since); k < values.length; k++) {
      if (values[k] !== null) most = Math.max(most, Math.abs(values[k]));
    }
    return most;
  }
}
