/** Announcer: one polite voice for screen readers. Sentences that come together are said together. */

import { byId } from "./dom.js";

const GATHER_MS = 120;

export function makeAnnouncer() {
  let waiting = [];
  let timer = null;
  return (text) => {
    if (!waiting.includes(text)) waiting.push(text);
    timer ??= setTimeout(() => {
      byId("announcer").textContent = waiting.join(" ");
      waiting = [];
      timer = null;
    }, GATHER_MS);
  };
}
