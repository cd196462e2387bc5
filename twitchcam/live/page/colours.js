/** Colours: the page's own, for canvases; read again when light turns to dark. */

const NAMES = ["ink", "soft", "line", "grid", "card", "left", "right", "shade", "extent", "accent"];
const query = window.matchMedia("(prefers-color-scheme: dark)");

/** Return the colours by name, kept up to date; `onChange` is called when they changed. */
export function liveColours(onChange) {
  const colours = {};
  const read = () => {
    const style = getComputedStyle(document.documentElement);
    for (const name of NAMES) colours[name] = style.getPropertyValue(`--${name}`).trim();
  };
  query.addEventListener("change", () => {
    read();
    onChange();
  });
  read();
  return colours;
}
