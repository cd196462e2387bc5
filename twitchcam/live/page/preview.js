/** Preview: the picture as in a mirror, with the outline of the lips and a dot for each region. */

import { byId, fitCanvas, show } from "./dom.js";

const STALE_MS = 1500;
/** Still to moving: dark blue to yellow, told apart by brightness and size as well as hue. */
const SCALE = [[35, 60, 130], [32, 130, 160], [110, 200, 120], [253, 231, 37]];

function activityColour(value) {
  const at = Math.min(0.999, Math.max(0, value)) * (SCALE.length - 1);
  const [low, part] = [SCALE[Math.floor(at)], at % 1];
  const high = SCALE[Math.floor(at) + 1];
  return `rgb(${low.map((c, i) => Math.round(c + part * (high[i] - c))).join(" ")})`;
}

/** Decodes the newest picture only; one that comes while another is decoded replaces those waiting. */
class Picture {
  constructor(onReady) {
    Object.assign(this, { onReady, bitmap: null, busy: false, waiting: null });
  }

  async offer(blob, extra) {
    this.waiting = { blob, extra };
    if (this.busy) return;
    this.busy = true;
    while (this.waiting) {
      const now = this.waiting;
      this.waiting = null;
      try {
        const bitmap = await createImageBitmap(now.blob);
        this.bitmap?.close();
        this.bitmap = bitmap;
        this.onReady(now.extra);
      } catch {
        // a damaged picture is left out; the next one comes soon
      }
    }
    this.busy = false;
  }
}

export class Preview {
  /** @param onShown (n) when the picture of that number has been drawn: then the next ones may come. */
  constructor(onShown) {
    Object.assign(this, { onShown, box: byId("preview-box"), canvas: byId("preview"), inset: byId("inset") });
    Object.assign(this, { shot: null, mirror: true, dirty: false, insetDirty: false, seen: 0 });
    this.picture = new Picture((shot) => Object.assign(this, { shot, dirty: true }));
    this.mouth = new Picture(() => Object.assign(this, { insetDirty: true, insetSeen: performance.now() }));
    this.insetSeen = -Infinity;
    show(byId("inset-box"), false);
    new ResizeObserver(() => Object.assign(this, { dirty: true, insetDirty: true })).observe(this.box);
  }

  takeShot(shot) {
    this.seen = performance.now();
    this.picture.offer(shot.blob, shot);
  }

  takeInset({ blob }) {
    this.mouth.offer(blob, null);
  }

  /** Draw what changed. Called at each animation frame. */
  draw(now) {
    const stale = now - this.seen > STALE_MS;
    this.box.classList.toggle("stale", stale && this.shot !== null);
    show(byId("preview-empty"), this.shot === null);
    show(byId("inset-box"), now - this.insetSeen < 2 * STALE_MS);
    if (this.dirty && this.shot && this.picture.bitmap) this.drawShot();
    if (this.dirty && Number.isInteger(this.shot?.n) && this.shot.n !== this.told) this.onShown((this.told = this.shot.n));
    if (this.insetDirty && this.mouth.bitmap) this.drawInset();
    this.dirty = this.insetDirty = false;
  }

  drawShot() {
    const { bitmap } = this.picture;
    this.box.style.aspectRatio = `${bitmap.width} / ${bitmap.height}`;
    const pen = this.paint(this.canvas, bitmap);
    if (!pen) return;
    const { width, height } = this.canvas;
    const place = ([x, y]) => [(this.mirror ? 1 - x : x) * width, y * height];
    const unit = Math.max(1, width / 480);
    for (const points of [this.shot.outline, this.shot.outline_inner]) {
      if (points?.length > 1) outline(pen, points.map(place), unit);
    }
    for (const [region, at] of Object.entries(this.shot.regions ?? {})) {
      if (at) dot(pen, place(at), this.shot.activity?.[region], unit);
    }
  }

  drawInset() {
    const { bitmap } = this.mouth;
    this.inset.style.aspectRatio = `${bitmap.width} / ${bitmap.height}`;
    this.paint(this.inset, bitmap);
  }

  paint(canvas, bitmap) {
    const area = canvas.getBoundingClientRect();
    if (!area.width) return null;
    fitCanvas(canvas, area.width, (area.width * bitmap.height) / bitmap.width);
    const pen = canvas.getContext("2d", { alpha: false });
    pen.setTransform(this.mirror ? -1 : 1, 0, 0, 1, this.mirror ? canvas.width : 0, 0);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    return pen;
  }
}

function outline(pen, points, unit) {
  pen.beginPath();
  points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  for (const [width, colour] of [[3, "rgb(0 0 0 / 45%)"], [1.4, "#fff"]]) {
    pen.lineWidth = width * unit;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

function dot(pen, [x, y], activity, unit) {
  const value = Number.isFinite(activity) ? activity : null;
  pen.beginPath();
  pen.arc(x, y, (2.4 + 4 * (value ?? 0)) * unit, 0, 2 * Math.PI);
  pen.lineWidth = 1.2 * unit;
  pen.strokeStyle = "rgb(255 255 255 / 85%)";
  pen.fillStyle = value === null ? "rgb(128 128 128 / 50%)" : activityColour(value);
  pen.fill();
  pen.stroke();
}
