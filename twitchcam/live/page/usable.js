/** Usable time: how many seconds were measured well, of those that make a good answer. */

import { byId, say } from "./dom.js";
import { clock, known, number, reasonName } from "./words.js";

const GOAL_S = 60;

export class Usable {
  constructor(announce) {
    Object.assign(this, { announce, goal: GOAL_S, reached: false, mode: "free" });
  }

  takeState({ recorded_s: recorded, t_s: media, mode, state, usable_goal_s: goal }) {
    Object.assign(this, { mode, goal: goal ?? GOAL_S });
    const seconds = recorded ?? media;
    say(byId("clock"), known(seconds) && state !== "ready" ? `recorded: ${clock(seconds)}` : "");
    if (state === "ready") this.reached = false;
  }

  takeLook({ usable_s: usable, gates_now: gates = [] }) {
    const seconds = known(usable) ? usable : 0;
    byId("usable").max = this.goal;
    byId("usable").value = Math.min(seconds, this.goal);
    say(byId("usable-words"), `${number(Math.floor(seconds), 0)} s of ${this.goal} s measured well`);
    const stopped = gates.filter((reason) => reason !== "blink");
    const enough = seconds >= this.goal;
    say(byId("usable-note"), note(stopped, enough, this.mode));
    if (enough && !this.reached) this.announce("Enough was measured for a good answer.");
    this.reached = enough;
  }
}

function note(stopped, enough, mode) {
  if (stopped.length) return `Not counting just now: ${stopped.map(reasonName).join(", ")}.`;
  if (enough && mode !== "protocol") return "That is enough for a good answer. You can end it now, or go on.";
  return "";
}
