"use strict";
// The loops of the strongest twitches: one strip of frames each, shown in their true rhythm, slowed down. They stand
// still at the twitch's height without this script, on paper, and where the reader's system asks for less motion.
(() => {
  const films = [...document.querySelectorAll(".film")].map((figure) => ({
    picture: figure.querySelector("img"),
    times: figure.dataset.times.split(" ").map(Number),
    slower: Number(figure.dataset.slower),
    peak: Number(figure.dataset.peak),
  }));
  const button = document.querySelector("[data-film=play]");
  if (!films.length || !button) return;
  const words = { play: button.dataset.play, pause: button.dataset.pause };
  const PAUSE_S = 0.8;
  let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let began = 0;

  function show(film, frame) {
    film.picture.style.transform = `translateY(${(-100 * frame) / film.times.length}%)`;
  }

  function step(now) {
    if (!playing) return;
    for (const film of films) {
      const last = film.times[film.times.length - 1];
      const at = ((now - began) / 1000 / film.slower) % (last + PAUSE_S / film.slower);
      let frame = film.times.findIndex((t) => t > at);
      if (frame < 0) frame = film.times.length;
      show(film, Math.max(0, frame - 1));
    }
    requestAnimationFrame(step);
  }

  function play(wanted) {
    playing = wanted;
    button.textContent = playing ? words.pause : words.play;
    if (playing) { began = performance.now(); requestAnimationFrame(step); } else films.forEach((f) => show(f, f.peak));
  }

  button.addEventListener("click", () => play(!playing));
  addEventListener("beforeprint", () => play(false));
  play(playing);
})();
