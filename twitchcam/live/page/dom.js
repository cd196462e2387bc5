/** Small helpers for the document. Text only ever goes in as text. */

export const byId = (id) => document.getElementById(id);

/** Make an element: attributes by name ("text" is its content), then children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Set text where it differs: screen readers and layout are left alone otherwise. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide. */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** Fill a list with sentences. */
export function listTexts(list, texts) {
  list.replaceChildren(...texts.map((text) => make("li", { text })));
}

/** Let a canvas have as many pixels as it covers; true when it changed (and is empty now). */
export function fitCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  return true;
}
