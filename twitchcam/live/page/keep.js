/** Keep: save what was recorded, or discard it. Nothing is saved unless the person says so. */

import { byId, say, show } from "./dom.js";

const NOT_SAVED = "Nothing has been saved. It is gone when you discard it or end the program.";

/** A name that sorts by time: "2026-01-31 1405". */
function usualName(now) {
  const two = (n) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}${two(now.getMinutes())}`;
}

export class Keep {
  constructor(send, ask) {
    Object.assign(this, { send, out: "" });
    byId("keep-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    byId("discard").addEventListener("click", () =>
      ask({ title: "Discard it?", text: "The recording, the result and your answers are gone then. Nothing can bring them back.", yes: "Discard", no: "Keep looking at it" },
        () => send({ type: "discard" })));
    byId("new-session").addEventListener("click", () => send({ type: "discard" })); // what was saved stays
    byId("keep-video").addEventListener("change", () => this.where());
    byId("keep-name").addEventListener("input", () => this.where());
    byId("keep-history").addEventListener("change", () => this.where());
  }

  takeHello({ out = "", history = "" }) {
    Object.assign(this, { out, history });
    this.where();
  }

  begin() {
    byId("keep-name").value = usualName(new Date());
    byId("keep-video").checked = false;
    byId("save").disabled = false;
    this.where();
  }

  where() {
    const video = byId("keep-video").checked ? "the video, the measurement and the report" : "the measurement and the report, no picture";
    const place = this.out ? ` in the folder ${this.out}` : "";
    const remember = byId("keep-history").checked;
    show(byId("keep-person-label"), remember);
    const also = remember ? ` The history lies in ${this.history || "your own data folder"}; "twitchcam history list" shows it, "twitchcam history delete" removes it.` : "";
    say(byId("keep-where"), `Saved will be ${video}, on this computer${place}.${also}`);
  }

  save() {
    const name = byId("keep-name").value.trim();
    if (!name) return byId("keep-name").focus();
    const remember = byId("keep-history").checked;
    const person = byId("keep-person").value.trim();
    if (remember && !person) return byId("keep-person").focus();
    byId("save").disabled = this.send({ type: "save", name, video: byId("keep-video").checked, remember, person });
    return undefined;
  }

  failed() {
    byId("save").disabled = false;
  }

  takeState({ saved, video, remembered }) {
    const filmed = (video?.frames ?? 0) > 0;
    show(byId("keep-video-label"), filmed);
    show(byId("keep-no-video"), !filmed);
    if (!filmed) byId("keep-video").checked = false;
    say(byId("keep-cut"), filmed && video.full ? "The video grew too large and ends before the recording does." : "");
    say(byId("keep-state"), saved ? `Saved in ${saved}${remembered ? `, and as ${remembered}` : ""}` : NOT_SAVED);
    byId("keep-state").classList.toggle("saved", Boolean(saved));
    show(byId("keep-form"), !saved);
    show(byId("new-session"), Boolean(saved));
  }
}
