/** Samples: the last seconds of every trace, and what happened in them. */

const KEPT_S = 30;
const SLACK = 300;

export class Samples {
  constructor() {
    this.clear();
  }

  clear() {
    Object.assign(this, { t: [], v: {}, gates: [], marks: [], events: new Map(), arrived: 0, lastLook: null });
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
    if (look.gates) this.gates = look.gates;
    else if (Number.isFinite(look.t_s)) this.extendGates(look);
  }

  /** Without exact spans, a gate reaches from one look to the next. */
  extendGates({ t_s: now, gates_now: reasons = [] }) {
    const last = this.lastLook ?? now;
    for (const reason of reasons) {
      const open = this.gates.find((gate) => gate[2] === reason && gate[1] >= last - 0.01);
      if (open) open[1] = now;
      else this.gates.push([last, now, reason]);
    }
    this.gates = this.gates.filter((gate) => gate[1] > now - KEPT_S);
    this.lastLook = now;
  }

  /** The middle value of a trace after a time, and the distance from it within which nine of ten lie. */
  spread(id, since) {
    const known = (this.v[id] ?? []).slice(this.first(since)).filter((value) => value !== null).sort((a, b) => a - b);
    if (!known.length) return { middle: 0, spread: 0 };
    const at = (part) => known[Math.round(part * (known.length - 1))];
    return { middle: at(0.5), spread: Math.max(at(0.95) - at(0.5), at(0.5) - at(0.05)) };
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
