/** Traces: the last seconds of movement, your left above your right, on one scale for each pair. */

import { byId, fitCanvas } from "./dom.js";
import { mm as inMm, reasonName } from "./words.js";

const STEPS_MM = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20];
const SHRINK_AFTER_MS = 4000;
const LATE_S = 0.12; // the newest samples come in parcels: shown a little late, the picture moves evenly
const AXIS = 46;
const TIME = 20;
const CALM_MS = 500; // between two pictures when the person wants little motion
const ROWS = [["lips", 1.7], ["eye", 1], ["brow", 1]];
const NAMES = { lips: "Lips", eye: "Eye opening", brow: "Brow" };
const CENTRED = "eye"; // its values are an opening: drawn around what is usual, blinks may leave the row
const CENTRE_EVERY_MS = 700;
const DESCRIBE_EVERY_MS = 2000;
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Traces {
  constructor(samples, colours) {
    Object.assign(this, { samples, colours, canvas: byId("traces"), scales: {}, centres: {}, spreads: {}, running: false });
    Object.assign(this, { drawnAt: -1, drawnMs: 0, dirty: true });
    this.pen = this.canvas.getContext("2d");
    new ResizeObserver(() => this.measure()).observe(this.canvas);
    this.measure();
  }

  measure() {
    this.size = { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    this.dirty = true;
  }

  /** The time at the right edge: flows on between parcels, but never past what is known by much. */
  edge(now) {
    const { end, arrived } = this.samples;
    if (end === null) return 0;
    const since = this.running && !calm.matches ? Math.min((now - arrived) / 1000, 0.25) : 0;
    return end + since - (this.running ? LATE_S : 0);
  }

  /** Draw if anything moved by a pixel. Called at each animation frame. */
  draw(now) {
    const { width, height } = this.size;
    if (!width || !height) return;
    const span = width < 380 ? 10 : 20;
    const edge = this.edge(now);
    const pixel = span / ((width - AXIS) * (window.devicePixelRatio || 1));
    if (calm.matches && !this.dirty && now - this.drawnMs < CALM_MS) return;
    const moved = edge < this.drawnAt ? edge < this.drawnAt - span / 4 : edge - this.drawnAt >= pixel;
    if (!this.dirty && !moved) return;
    fitCanvas(this.canvas, width, height);
    this.pen.setTransform(window.devicePixelRatio || 1, 0, 0, window.devicePixelRatio || 1, 0, 0);
    this.pen.clearRect(0, 0, width, height);
    const view = { width, height, span, edge, from: edge - span, x: (t) => AXIS + ((t - edge) / span + 1) * (width - AXIS) };
    this.drawAll(view, now);
    Object.assign(this, { drawnAt: edge, drawnMs: now, dirty: false });
    if (now - (this.describedMs ?? -Infinity) > DESCRIBE_EVERY_MS) this.describe(view, now);
  }

  /** The same in words, for those who do not see the picture. */
  describe({ from, span }, now) {
    const parts = ROWS.map(([stem]) => {
      const [left, right] = ["left", "right"].map((side) => inMm(this.samples.range(`${stem}_${side}`, from)));
      return `${NAMES[stem]}: your left ${left}, your right ${right}.`;
    });
    this.canvas.setAttribute("aria-label", `Movement over the last ${span} seconds, from end to end. ${parts.join(" ")}`);
    this.describedMs = now;
  }

  drawAll(view, now) {
    const { pen } = this;
    const bottom = view.height - TIME;
    pen.font = "12px system-ui, sans-serif";
    pen.save();
    pen.beginPath();
    pen.rect(AXIS, 0, view.width - AXIS, bottom);
    pen.clip();
    this.drawGates(view, bottom);
    this.drawEvents(view, bottom);
    pen.restore();
    this.drawTime(view, bottom);
    const parts = ROWS.reduce((sum, [, part]) => sum + part, 0) * 2;
    let top = 0;
    for (const [stem, part] of ROWS) {
      const height = (bottom * part) / parts;
      const scale = this.scale(stem, view, now);
      for (const side of ["left", "right"]) {
        this.drawRow(view, { id: `${stem}_${side}`, stem, side, top, height, scale });
        top += height;
      }
    }
    this.drawMarks(view, bottom);
    if (this.samples.range("lips_left", view.from) === null) this.drawEmpty(view, bottom);
  }

  drawEmpty(view, bottom) {
    this.pen.fillStyle = this.colours.soft;
    this.pen.textAlign = "center";
    this.pen.fillText("No movement of a face was measured here.", (view.width + AXIS) / 2, bottom / 3);
  }

  /** Grows at once, shrinks only after a while: a scale that jumps cannot be read. */
  scale(stem, view, now) {
    const kept = (this.scales[stem] ??= { mm: STEPS_MM[1], since: now });
    const most = Math.max(...["left", "right"].map((side) => this.reach(stem, `${stem}_${side}`, view.from, now)));
    const wanted = STEPS_MM.find((step) => most <= step) ?? STEPS_MM[STEPS_MM.length - 1];
    if (wanted >= kept.mm) Object.assign(kept, { mm: wanted, since: now });
    else if (now - kept.since > SHRINK_AFTER_MS) Object.assign(kept, { mm: wanted, since: now });
    return kept.mm;
  }

  /** How far a trace reaches; of an opening, how far nearly all of it lies from its middle value. */
  reach(stem, id, since, now) {
    if (stem !== CENTRED) return this.samples.reach(id, since);
    const known = (this.spreads[id] ??= { at: -Infinity, mm: 0 });
    if (now - known.at < CENTRE_EVERY_MS) return known.mm;
    const { middle, spread } = this.samples.spread(id, since);
    if (Math.abs(middle - (this.centres[id] ?? Infinity)) > 0.25 || !(id in this.centres)) {
      this.centres[id] = Math.round(2 * middle) / 2;
    }
    Object.assign(known, { at: now, mm: Math.max(0.5, spread) });
    return known.mm;
  }

  drawRow(view, { id, stem, side, top, height, scale }) {
    const { pen, colours } = this;
    const middle = top + height / 2;
    const centre = stem === CENTRED ? this.centres[id] : 0;
    const y = (mm) => middle - ((mm - centre) / scale) * (height / 2 - 4);
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    line(pen, 0, Math.round(top + height) - 0.5, view.width);
    pen.strokeStyle = colours.grid;
    line(pen, AXIS, Math.round(middle) + 0.5, view.width);
    pen.fillStyle = colours.soft;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const ticks = height >= 40 ? [scale, 0, -scale] : [scale];
    for (const mm of ticks) {
      const text = stem === CENTRED ? String(Math.round(10 * (centre + mm)) / 10) : tick(mm);
      pen.fillText(text, AXIS - 5, Math.min(Math.max(y(centre + mm), top + 8), top + height - 8));
    }
    this.drawLine(view, { id, side, y, top, height });
    pen.textAlign = "left";
    const label = `${NAMES[stem]}, your ${side} (mm)`;
    pen.fillStyle = colours.card;
    pen.globalAlpha = 0.75;
    pen.fillRect(AXIS + 2, top + 2, pen.measureText(label).width + 6, 15);
    pen.globalAlpha = 1;
    pen.fillStyle = colours[side];
    pen.fillText(label, AXIS + 5, top + 10);
  }

  drawLine(view, { id, side, y, top, height }) {
    const { pen, samples } = this;
    const values = samples.v[id];
    if (!values) return;
    pen.save();
    pen.beginPath();
    pen.rect(AXIS, top, view.width - AXIS, height);
    pen.clip();
    pen.beginPath();
    let open = false;
    for (let k = Math.max(0, samples.first(view.from) - 1); k < samples.t.length; k++) {
      if (values[k] === null || (k && samples.t[k] - samples.t[k - 1] > 0.5)) open = false;
      if (values[k] === null) continue;
      const [px, py] = [view.x(samples.t[k]), y(values[k])];
      if (open) pen.lineTo(px, py);
      else pen.moveTo(px, py);
      open = true;
    }
    pen.strokeStyle = this.colours[side];
    pen.lineWidth = 1.6;
    pen.lineJoin = "round";
    pen.stroke();
    pen.restore();
  }

  drawGates(view, bottom) {
    const { pen, colours, samples } = this;
    for (const { from_s: start, to_s: end, reason } of samples.gates) {
      if (end < view.from || reason === "blink") continue;
      const [x, wide] = [view.x(start), Math.max(1, view.x(end) - view.x(start))];
      pen.fillStyle = colours.shade;
      pen.fillRect(x, 0, wide, bottom);
      pen.fillStyle = colours.soft;
      pen.textAlign = "left";
      pen.textBaseline = "bottom";
      if (wide > 40) pen.fillText(reasonName(reason), Math.max(x, AXIS) + 3, bottom - 3, Math.max(1, view.x(end) - Math.max(x, AXIS) - 4));
    }
  }

  drawEvents(view, bottom) {
    const { pen, colours, samples } = this;
    for (const event of samples.events.values()) {
      if (event.offset_s < view.from || event.trial_type === "blink") continue;
      const [a, b, x] = [view.x(event.onset_s), view.x(event.offset_s), view.x(event.peak_s)];
      pen.globalAlpha = event.gated ? 0.25 : 0.55;
      pen.fillStyle = colours.extent;
      pen.fillRect(a, 0, Math.max(1, b - a), bottom);
      pen.globalAlpha = 1;
      pen.strokeStyle = event.gated ? colours.soft : colours.ink;
      pen.lineWidth = 2;
      pen.setLineDash(event.gated ? [2, 2] : []);
      vertical(pen, x, bottom - 9, bottom);
      pen.setLineDash([]);
    }
  }

  drawMarks(view, bottom) {
    const { pen, colours, samples } = this;
    pen.strokeStyle = pen.fillStyle = colours.accent;
    pen.lineWidth = 1.5;
    pen.textAlign = "left";
    pen.textBaseline = "bottom";
    samples.marks.forEach((mark, i) => {
      const x = view.x(mark.t_s);
      if (x < AXIS || x > view.width) return;
      pen.setLineDash([5, 3]);
      vertical(pen, x, 0, bottom);
      pen.setLineDash([]);
      pen.fillText(`⚑${i + 1}`, x + 2, 34);
    });
  }

  drawTime(view, bottom) {
    const { pen, colours } = this;
    pen.fillStyle = colours.soft;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const step = view.span > 10 ? 5 : 2;
    for (let t = Math.max(0, Math.ceil(view.from / step) * step); t <= view.edge; t += step) {
      const x = view.x(t);
      pen.strokeStyle = colours.grid;
      pen.lineWidth = 1;
      vertical(pen, x, 0, bottom);
      if (x > AXIS + 12 && x < view.width - 14) pen.fillText(`${t} s`, x, bottom + TIME / 2 + 1);
    }
  }
}

function tick(mm) {
  return mm === 0 ? "0" : `${mm > 0 ? "+" : "\u2212"}${Math.abs(mm)}`;
}

function line(pen, from, y, to) {
  pen.beginPath();
  pen.moveTo(from, y);
  pen.lineTo(to, y);
  pen.stroke();
}

function vertical(pen, x, top, bottom) {
  pen.beginPath();
  pen.moveTo(x, top);
  pen.lineTo(x, bottom);
  pen.stroke();
}
