"use strict";
// Zoom and read-outs for the traces. The page is complete without this: it only changes each SVG's viewBox, draws the
// visible part of long recordings afresh, and names what is under the pointer.
(() => {
  document.documentElement.classList.add("js");
  const box = document.getElementById("traces");
  if (!box) return;
  const data = JSON.parse(document.getElementById("trace-data").textContent);
  const lanes = data.lanes.map(unpack);
  const paths = [...box.querySelectorAll("path.trace")];
  const pictures = [...box.querySelectorAll("svg")];
  const bands = [...box.querySelectorAll("[data-from]")];
  const field = box.querySelector(".field");
  const ticks = document.getElementById("time-ticks");
  const readout = document.getElementById("readout");
  const shortest = Math.min(data.stop - data.start, Math.max(20 * data.steps[0], 0.2));
  const DRAWN = 3000;
  const hint = readout.textContent;
  const mark = document.documentElement.dataset.decimal;
  const overview = document.getElementById("overview");
  const strip = overview.querySelector(".field"), seen = overview.querySelector(".window");
  let from = data.start, to = data.stop;
  const cursor = overlay("cursor"), choice = overlay("choice");

  function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Int16Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(2 * i, true));
  }

  function overlay(name) {
    const element = document.createElement("div");
    element.className = name;
    element.hidden = true;
    box.append(element);
    return element;
  }

  function show(a, b) {
    const length = Math.min(Math.max(b - a, shortest), data.stop - data.start);
    from = Math.min(Math.max((a + b - length) / 2, data.start), data.stop - length);
    to = from + length;
    for (const picture of pictures) {
      const [top, height] = picture.dataset.y.split(" ");
      picture.setAttribute("viewBox", `${from} ${top} ${length} ${height}`);
    }
    paths.forEach((path, i) => { if (lanes[i].length > 1600) path.setAttribute("d", curve(lanes[i], data.steps[i])); });
    for (const band of bands) {
      band.style.left = `${(100 * (band.dataset.from - from)) / length}%`;
      band.style.width = `${(100 * (band.dataset.to - band.dataset.from)) / length}%`;
    }
    drawTicks();
    seen.style.left = `${(100 * (from - data.start)) / (data.stop - data.start)}%`;
    seen.style.width = `${(100 * length) / (data.stop - data.start)}%`;
    cursor.hidden = true;
  }

  // The visible samples; where there are more than pixels, the lowest and highest of each bucket.
  function curve(lane, step) {
    const first = Math.max(0, Math.floor((from - data.start) / step) - 1);
    const last = Math.min(lane.length, Math.ceil((to - data.start) / step) + 2);
    const width = Math.max(1, Math.ceil((last - first) / (DRAWN / 2)));
    let text = "", down = false;
    const put = (i) => {
      if (lane[i] === -32768) { down = false; return; }
      text += `${down ? "L" : "M"}${(data.start + i * step).toFixed(3)} ${(-lane[i] / 1000).toFixed(3)}`;
      down = true;
    };
    for (let i = first; i < last; i += width) {
      if (width < 3) { for (let k = i; k < Math.min(i + width, last); k++) put(k); continue; }
      let low = -1, high = -1;
      for (let k = i; k < Math.min(i + width, last); k++) {
        if (lane[k] === -32768) continue;
        if (low < 0 || lane[k] < lane[low]) low = k;
        if (high < 0 || lane[k] > lane[high]) high = k;
      }
      if (low < 0) { down = false; continue; }
      put(Math.min(low, high));
      put(Math.max(low, high));
    }
    return text;
  }

  function drawTicks() {
    const rough = (to - from) / 6, power = 10 ** Math.floor(Math.log10(rough));
    const steps = rough < 10 ? [1, 2, 5, 10].map((m) => m * power) : [15, 30, 60, 120, 300, 600, 900, 1800, 3600];
    const step = steps.find((s) => s >= rough * 0.999) ?? 3600 * Math.ceil(rough / 3600);
    ticks.replaceChildren();
    for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9; k++) {
      const mark = document.createElement("span");
      mark.textContent = clock(k * step, step);
      mark.style.left = `${(100 * (k * step - from)) / (to - from)}%`;
      ticks.append(mark);
    }
  }

  function clock(seconds, step) {
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const told = (x) => x.toFixed(digits).replace(".", mark);
    if (data.stop < 120) return `${told(seconds)} s`;
    const whole = Math.floor(seconds / 60);
    const rest = told(seconds - 60 * whole).padStart(digits ? digits + 3 : 2, "0");
    return whole < 60 ? `${whole}:${rest}` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}:${rest}`;
  }

  function zoom(factor, at = (from + to) / 2) {
    const length = (to - from) * factor, share = (at - from) / (to - from);
    show(at - share * length, at + (1 - share) * length);
  }

  function pan(seconds) {
    show(from + seconds, to + seconds);
  }

  function goTo(peak) {
    const length = Math.min(to - from, 4);
    show(peak - length / 2, peak + length / 2);
    point(peak);
  }

  function step(direction) {
    const here = cursor.hidden ? (direction > 0 ? from - 1e-3 : to + 1e-3) : Number(cursor.dataset.t);
    const counted = data.events.filter((e) => e[4]);
    const peaks = (counted.length ? counted : data.events).map((e) => e[1]).filter((p) => direction * (p - here) > 1e-3);
    if (peaks.length) goTo(direction > 0 ? Math.min(...peaks) : Math.max(...peaks));
  }

  function timeAt(x) {
    const frame = field.getBoundingClientRect();
    const share = Math.min(Math.max((x - frame.left) / frame.width, 0), 1);
    return from + share * (to - from);
  }

  function place(t) {
    const frame = field.getBoundingClientRect();
    return frame.left - box.getBoundingClientRect().left + ((t - from) / (to - from)) * frame.width;
  }

  function valueAt(lane, row) {
    const value = lane[Math.min(Math.max(Math.round(row), 0), lane.length - 1)];
    return value === -32768 ? data.words.none : `${(value / 1000).toFixed(3).replace("-", "\u2212").replace(".", mark)} mm`;
  }

  // `group`: the lanes whose values are named.
  function point(t, group = data.groups[0]) {
    cursor.hidden = false;
    cursor.dataset.t = t;
    cursor.style.left = `${place(t)}px`;
    const values = data.names.flatMap((name, i) => (
      data.groups[i] === group ? [`${name} ${valueAt(lanes[i], (t - data.start) / data.steps[i])}`] : []));
    const event = data.events.find((e) => e[0] <= t && t <= e[2]);
    readout.textContent = [clock(t, 0.01), ...values, event ? event[3] : ""].filter(Boolean).join("  ·  ");
  }

  function groupUnder(target) {
    return data.groups[[...box.querySelectorAll(".lane:not(.tasks)")].indexOf(target.closest(".lane"))];
  }

  const actions = {
    in: () => zoom(0.5), out: () => zoom(2), back: () => pan((from - to) / 3), on: () => pan((to - from) / 3),
    all: () => { show(data.start, data.stop); readout.textContent = hint; }, next: () => step(1), previous: () => step(-1),
  };
  const keys = {
    "+": "in", "=": "in", "-": "out", ArrowLeft: "back", ArrowRight: "on", 0: "all", Home: "all", n: "next", p: "previous",
  };
  const tools = document.querySelector(".tools");
  tools.hidden = false;
  box.classList.add("zooms");
  tools.addEventListener("click", (e) => actions[e.target.dataset.do]?.());
  box.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !keys[e.key]) return;
    e.preventDefault();
    actions[keys[e.key]]();
  });
  for (const button of document.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => {
      goTo(Number(button.dataset.go));
      box.scrollIntoView({ block: "center" });
      box.focus({ preventScroll: true });
    });
  }

  // A mouse draws a stretch to zoom into; one finger moves (up and down still scrolls the page), two fingers zoom.
  const fingers = new Map();
  let start = null;
  box.addEventListener("pointerdown", (e) => {
    if (!e.target.closest(".field") || (e.pointerType === "mouse" && e.button !== 0)) return;
    fingers.set(e.pointerId, e.clientX);
    start = e.clientX;
    if (e.pointerType === "mouse") box.setPointerCapture(e.pointerId);
  });
  box.addEventListener("pointermove", (e) => {
    const before = fingers.get(e.pointerId);
    if (before === undefined) { if (e.pointerType === "mouse") point(timeAt(e.clientX), groupUnder(e.target)); return; }
    if (e.pointerType === "mouse") { drawChoice(start, e.clientX); return; }
    const others = [...fingers].filter(([id]) => id !== e.pointerId).map(([, x]) => x);
    if (others.length) {
      const old = Math.abs(before - others[0]), now = Math.abs(e.clientX - others[0]);
      if (old > 10 && now > 10) zoom(old / now, timeAt((e.clientX + others[0]) / 2));
    } else {
      pan(timeAt(before) - timeAt(e.clientX));
    }
    fingers.set(e.pointerId, e.clientX);
  });
  const release = (e) => {
    if (!fingers.delete(e.pointerId)) return;
    choice.hidden = true;
    if (e.type !== "pointerup") return;
    const moved = Math.abs(e.clientX - start);
    if (e.pointerType === "mouse" && moved > 6) {
      const ends = [timeAt(start), timeAt(e.clientX)];
      show(Math.min(...ends), Math.max(...ends));
    } else if (moved <= 6 && !fingers.size) {
      point(timeAt(e.clientX), groupUnder(document.elementFromPoint(e.clientX, e.clientY) ?? box));
    }
  };
  for (const name of ["pointerup", "pointercancel"]) box.addEventListener(name, release);
  box.addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse" && !fingers.size) cursor.hidden = true; });
  box.addEventListener("dblclick", () => actions.all());
  // The wheel scrolls the page until the traces are in use: then it zooms, and sideways it moves.
  box.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && document.activeElement !== box) return;
    e.preventDefault();
    const unit = e.deltaMode === 1 ? 30 : 1;
    if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) { pan(((to - from) * e.deltaX * unit) / field.clientWidth); return; }
    zoom(Math.min(Math.max(1.0025 ** (e.deltaY * unit), 0.5), 2), timeAt(e.clientX));
  }, { passive: false });

  // The strip below: the whole recording, and which part of it is shown. It can be dragged.
  overview.hidden = false;
  const glide = (e) => {
    const frame = strip.getBoundingClientRect();
    const middle = data.start + ((e.clientX - frame.left) / frame.width) * (data.stop - data.start);
    pan(middle - (from + to) / 2);
  };
  overview.addEventListener("pointerdown", (e) => { overview.setPointerCapture(e.pointerId); glide(e); });
  overview.addEventListener("pointermove", (e) => { if (overview.hasPointerCapture(e.pointerId)) glide(e); });

  function drawChoice(a, b) {
    const left = box.getBoundingClientRect().left;
    choice.hidden = false;
    choice.style.left = `${Math.min(a, b) - left}px`;
    choice.style.width = `${Math.abs(a - b)}px`;
  }
  show(data.start, data.stop);
})();
