/** Dialogs: a question before something is lost, and the list of keys. */

import { byId, say } from "./dom.js";

/** Return `ask({title, text, yes, no}, onYes)`. */
export function makeAsk() {
  const dialog = byId("ask");
  let agreed = () => {};
  byId("ask-yes").addEventListener("click", () => {
    dialog.close();
    agreed();
  });
  byId("ask-no").addEventListener("click", () => dialog.close());
  return ({ title, text, yes, no }, onYes) => {
    agreed = onYes;
    say(byId("ask-title"), title);
    say(byId("ask-text"), text);
    say(byId("ask-yes"), yes);
    say(byId("ask-no"), no);
    dialog.showModal();
    byId("ask-no").focus();
  };
}

/** Single keys press the button that stands for them, while it is there. They can be turned off. */
export function listenToKeys(buttons) {
  const dialog = byId("keys");
  byId("open-keys").addEventListener("click", () => dialog.showModal());
  byId("keys-close").addEventListener("click", () => dialog.close());
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=radio]):not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat || !byId("keys-on").checked) return;
    const button = byId(buttons[event.key.toLowerCase()] ?? "");
    if (!button || button.disabled || !button.checkVisibility()) return;
    event.preventDefault();
    button.click();
  });
}
