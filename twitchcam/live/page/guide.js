/** Guide: what to do now in a guided session, for how long still, and what comes next. */

import { byId, make, say, show } from "./dom.js";
import { clock, count, length, taskName } from "./words.js";

const TELL_LEFT_S = 5; // a screen reader is told once that a step is about to end

export class Guide {
  constructor(sound, announce) {
    Object.assign(this, { sound, announce, protocols: [], steps: [], index: null, left: null, ticking: false });
    byId("protocol").addEventListener("change", () => this.choose());
  }

  takeHello(protocols) {
    this.protocols = protocols ?? [];
    const chosen = byId("protocol").value;
    byId("protocol").replaceChildren(...this.protocols.map(({ name, length_s: seconds }) =>
      make("option", { value: name, text: `${name}, ${clock(seconds)} min` })));
    if (this.protocols.some(({ name }) => name === chosen)) byId("protocol").value = chosen;
    show(byId("protocol-pick"), this.protocols.length > 1);
    byId("start-protocol").disabled = this.protocols.length === 0;
    this.choose();
  }

  get chosen() {
    return this.protocols.find(({ name }) => name === byId("protocol").value) ?? this.protocols[0] ?? null;
  }

  choose() {
    const { chosen } = this;
    const text = chosen ? `${chosen.title || chosen.name}. Takes ${length(chosen.length_s)}.` : "No protocol is there.";
    say(byId("protocol-note"), text);
  }

  takeState(state, now) {
    const { step } = state;
    const guided = state.mode === "protocol" && ["running", "paused"].includes(state.state);
    show(byId("guide"), guided && Boolean(step));
    show(byId("free-words"), !(guided && step) && ["running", "paused"].includes(state.state));
    if (!guided || !step) {
      this.index = null;
      return;
    }
    this.left = { s: step.left_s, at: now, runs: state.state === "running" };
    if (step.index !== this.index) this.enter(state, step);
    this.tick(now);
  }

  enter(state, step) {
    const protocol = this.protocols.find(({ name }) => name === state.protocol) ?? this.chosen;
    this.steps = protocol?.steps ?? [];
    const first = this.index === null;
    this.index = step.index;
    this.told = step.seconds <= TELL_LEFT_S * 2;
    const place = `Step ${step.index + 1}${this.steps.length ? ` of ${this.steps.length}` : ""}: ${taskName(step.task)}`;
    say(byId("guide-place"), place);
    say(byId("guide-prompt"), step.prompt || taskName(step.task));
    const next = this.steps[step.index + 1];
    say(byId("guide-next"), next ? `Then: ${taskName(next.task).toLowerCase()}, ${Math.round(next.seconds)} s` : "This is the last step.");
    byId("guide-steps").replaceChildren(...this.steps.map((each, i) => this.stepMark(each, i)));
    this.announce(`${place}. ${step.prompt || ""} ${Math.round(step.seconds)} seconds.`);
    if (state.state === "running" && !(first && step.left_s < step.seconds - 2)) {
      this.sound.step(this.steps[step.index]?.voice || step.prompt);
    }
  }

  stepMark(step, i) {
    const at = i < this.index ? "done" : i === this.index ? "now" : "to come";
    const mark = make("li", { class: at.replace(" ", "-"), title: taskName(step.task) },
      make("span", { class: "unseen", text: `${taskName(step.task)}, ${at}` }));
    mark.style.flexGrow = String(Math.sqrt(step.seconds));
    if (i === this.index) mark.setAttribute("aria-current", "step");
    return mark;
  }

  /** Count down between the messages. */
  tick(now) {
    if (this.index === null || !this.left) return;
    const gone = this.left.runs ? Math.min((now - this.left.at) / 1000, 1.5) : 0;
    const left = Math.max(0, Math.ceil(this.left.s - gone - 0.05));
    say(byId("guide-left"), `${left}`);
    if (!this.told && left <= TELL_LEFT_S) {
      this.told = true;
      say(byId("guide-left-words"), `${count(left, "second")} left`);
      this.announce(`${count(left, "second")} left`);
    }
  }
}
