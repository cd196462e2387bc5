/** Words: numbers, sides and names in plain English. An unknown number is a dash, never a guess. */

export const DASH = "–";
const NB = "\u00a0";
const MINUS = "\u2212";

const REASONS = {
  speech: "speaking", smile: "smiling", chew: "chewing", blink: "blinking", head_motion: "head moving",
  occluded: "something in front of the face", lost_face: "face not seen", blur: "blurred", dark: "too dark",
};
const LAMPS = {
  face: "Face", light: "Light", distance: "Distance", straight: "Looking straight", still: "Head still",
  quiet: "Mouth quiet", camera: "Camera",
};
const TASKS = {
  rest: "Rest", eyes_gentle: "Eyes closed gently", eyes_firm: "Eyes squeezed shut", brow_raise: "Eyebrows up",
  smile: "Smile", pucker: "Lips forward", snarl: "Nose wrinkled", sentence: "A sentence",
};
const TYPES = { twitch: "twitch", tonic: "held pull", blink: "blink", voluntary: "movement on purpose" };
const SIDES = { left: "your left", right: "your right", bilateral: "both sides", none: "no side", mid: "the middle" };

export const known = (value) => typeof value === "number" && Number.isFinite(value);
const name = (table, id) => table[id] ?? String(id).replaceAll("_", " ");
export const reasonName = (id) => name(REASONS, id);
export const lampName = (id) => name(LAMPS, id);
export const taskName = (id) => name(TASKS, id);
export const typeName = (id) => name(TYPES, id);
export const sideName = (id) => name(SIDES, id);

/** "commissure_left" becomes "mouth corner, your left". */
export function regionName(region) {
  const cut = region.lastIndexOf("_");
  const stem = region.slice(0, cut);
  const part = stem === "commissure" ? "mouth corner" : stem.replaceAll("_", " ");
  return `${part}, ${sideName(region.slice(cut + 1))}`;
}

export const number = (value, digits = 1) =>
  known(value) ? value.toFixed(digits).replace("-", MINUS) : DASH;
export const withUnit = (value, digits, unit) => (known(value) ? `${number(value, digits)}${NB}${unit}` : DASH);
export const mm = (value) => withUnit(value, known(value) && Math.abs(value) < 0.1 ? 3 : 2, "mm");
export const perMinute = (value) => withUnit(value, value >= 100 ? 0 : 1, "a minute");

/** "4.9 to 5.1", empty when unknown. */
export function interval(ci, digits) {
  return Array.isArray(ci) && ci.every(known) ? ci.map((x) => number(x, digits)).join(" to ") : "";
}

/** Recorded time: "1:05". */
export function clock(seconds) {
  if (!known(seconds)) return DASH;
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A length in words: "45 seconds", "about 2 and a half minutes". */
export function length(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  const halves = Math.round(seconds / 30);
  return `about ${Math.floor(halves / 2)}${halves % 2 ? " and a half" : ""} minutes`;
}

export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
