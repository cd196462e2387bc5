/** Sound at a step: a short tone, or a voice of this computer. Nothing is loaded, nothing is sent. */

import { byId, say, show } from "./dom.js";

const TONE_HZ = 660;
const TONE_S = 0.18;
const LOUD = 0.12;

/** A voice that speaks on this computer. Others would send the words away. */
function localVoice() {
  const voices = window.speechSynthesis?.getVoices().filter((voice) => voice.localService) ?? [];
  return voices.find((voice) => voice.lang.startsWith("en")) ?? null;
}

export class Sound {
  constructor() {
    this.context = null;
    this.look();
    window.speechSynthesis?.addEventListener("voiceschanged", () => this.look());
  }

  look() {
    const button = document.querySelector("input[name=sound][value=voice]");
    button.disabled = localVoice() === null;
    say(byId("voice-note"), button.disabled ? "(this computer has none)" : "");
    show(byId("voice-note"), button.disabled);
  }

  get choice() {
    return document.querySelector("input[name=sound]:checked").value;
  }

  /** Browsers let a page sound only after the person did something in it. */
  ready() {
    if (this.choice === "tone") this.context ??= new AudioContext();
  }

  step(words) {
    if (!navigator.userActivation?.hasBeenActive) return;
    if (this.choice === "tone") this.tone();
    if (this.choice === "voice") this.speak(words);
  }

  tone() {
    this.ready();
    const [start, pitch, volume] = [this.context.currentTime, this.context.createOscillator(), this.context.createGain()];
    pitch.frequency.value = TONE_HZ;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(LOUD, start + 0.02);
    volume.gain.linearRampToValueAtTime(0, start + TONE_S);
    pitch.connect(volume).connect(this.context.destination);
    pitch.start(start);
    pitch.stop(start + TONE_S);
  }

  speak(words) {
    const voice = localVoice();
    if (!voice || !words) return;
    speechSynthesis.cancel();
    const spoken = new SpeechSynthesisUtterance(words);
    Object.assign(spoken, { voice, lang: voice.lang });
    speechSynthesis.speak(spoken);
  }

  stop() {
    window.speechSynthesis?.cancel();
  }
}
