// Single images, measured step by step: what is seen so far, what each pixel would tell, what is believed.
"use strict";

const { data } = window.sightbitsPage;
const [nRows, nColumns, nChannels] = data.shape;
const [low, high] = data.value_range;
const at = (id) => document.getElementById(id);
const view = at("episode-view");
const MOST_SIDE = 340;  // of a map, in pixels of screen
const PAUSE = 1000;     // milliseconds between two steps that play by themselves
const gap = nChannels > 1 ? 1 : 0;
const across = nChannels * (nColumns + gap) - gap;  // cells of a map, channels side by side
const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
const bits = (value) => `${value.toFixed(value < 0.1 ? 3 : 2)}\u00a0${data.unit}s`;
const quoted = (label) => `“${data.label_names[label]}”`;
const count = (n) => `${n} pixel${n === 1 ? "" : "s"}`;

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function place(pixel) {
  const words = `row ${Math.floor(pixel / (nColumns * nChannels))}, column ${Math.floor(pixel / nChannels) % nColumns}`;
  return nChannels > 1 ? `${words}, channel ${pixel % nChannels}` : words;
}

const unpacked = data.episodes.map((episode) => {
  const chances = new DataView(bytes(episode.posterior).buffer);
  const n = episode.shown.length;
  return {
    ...episode,
    nSteps: episode.pixels.length,
    gain: bytes(episode.gain),
    picture: bytes(episode.picture),
    chance: (step, i) => chances.getUint16(2 * (step * n + i), true) / 65535,
  };
});

// The colours of the gain: the scale of every map of this page, from its stops.
const stops = data.viridis.map((stop) => [1, 3, 5].map((from) => parseInt(stop.slice(from, from + 2), 16)));
const gainColours = Array.from({ length: 255 }, (_, i) => {
  const along = (i / 254) * (stops.length - 1);
  const left = Math.min(Math.floor(along), stops.length - 2);
  return `rgb(${stops[left].map((from, j) => Math.round(from + (along - left) * (stops[left + 1][j] - from))).join(" ")})`;
});
const NO_GAIN = 255;
const grey = (shade) => `rgb(${shade} ${shade} ${shade})`;
const shadeOf = (value) => Math.round(255 * Math.min(Math.max((value - low) / (high - low), 0), 1));

const state = { episode: unpacked[0], step: 0 };
window.sightbitsEpisodes = state;

// A map with whole cells, sharp on every screen.
function draw(canvas, colourOf, { ringed, ink, framed = [] }) {
  const dense = Math.max(1, Math.round(devicePixelRatio));
  const room = Math.min(at("episode-first").clientWidth, MOST_SIDE);
  const cell = Math.max(Math.floor(room / across), 0);
  const side = cell >= 1 ? cell * dense : (room * dense) / across;
  const [width, height] = [Math.round(side * across), Math.round(side * nRows)];
  Object.assign(canvas, { width, height });
  canvas.style.width = `${width / dense}px`;
  canvas.style.height = `${height / dense}px`;
  const context = canvas.getContext("2d");
  const corner = (pixel) => {
    const column = (pixel % nChannels) * (nColumns + gap) + (Math.floor(pixel / nChannels) % nColumns);
    return [column * side, Math.floor(pixel / (nColumns * nChannels)) * side];
  };
  const unknown = getComputedStyle(view).getPropertyValue("--unknown");
  for (let pixel = 0; pixel < nRows * nColumns * nChannels; pixel++) {
    const [x, y] = corner(pixel);
    const colour = colourOf(pixel);
    context.fillStyle = colour || unknown;
    context.fillRect(x, y, Math.ceil(side), Math.ceil(side));
    if (colour || side < 5) continue;
    const dot = Math.max(1, Math.round(side / 14));
    context.fillStyle = "#7f8794";
    context.fillRect(Math.round(x + (side - dot) / 2), Math.round(y + (side - dot) / 2), dot, dot);
  }
  // A frame, so that a bright pixel differs from those that nothing is known of.
  context.strokeStyle = "#7f8794";
  context.lineWidth = dense;
  for (const pixel of side < 4 ? [] : framed) {
    const [x, y] = corner(pixel);
    context.strokeRect(x + dense / 2, y + dense / 2, side - dense, side - dense);
  }
  const thick = Math.max(2, side / 12);
  const radius = side >= 14 * dense ? 0.34 * side : 0.5 * side + 2 * dense;
  for (const pixel of ringed) {
    const [x, y] = corner(pixel);
    for (const [colour, wide] of [["rgb(0 0 0 / .7)", thick + 2], [ink, thick]]) {
      context.beginPath();
      context.arc(x + side / 2, y + side / 2, radius, 0, 2 * Math.PI);
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
  }
}

// The bars, in the order of the labels; where only some fit, the rest together.
let bars = [];
function makeBars({ shown, label }) {
  const names = shown.map((i) => data.label_names[i]);
  if (shown.length < data.label_names.length) names.push("all others");
  bars = names.map((name, i) => {
    const bar = document.createElement("div");
    const truth = shown[i] === label;
    bar.className = `episode-label${truth ? " truth" : ""}`;
    const [mark, word, track, share] = ["mark", "name", "track", "share"].map((part) => {
      const element = document.createElement("span");
      element.className = `episode-${part}`;
      return element;
    });
    const fill = document.createElement("span");
    mark.textContent = truth ? "▸" : "";
    mark.setAttribute("aria-label", truth ? "true label" : "");
    word.textContent = name;
    word.title = name;
    track.append(fill);
    bar.append(mark, word, track, share);
    return { bar, fill, share };
  });
  at("episode-labels").replaceChildren(...bars.map(({ bar }) => bar));
}

function showBars(episode, step) {
  let rest = 1;
  bars.forEach(({ fill, share }, i) => {
    const chance = i < episode.shown.length ? episode.chance(step, i) : Math.max(rest, 0);
    rest -= chance;
    fill.style.width = `${100 * chance}%`;
    share.textContent = percent(chance);
  });
}

function wordsFor(episode, step, whole) {
  const { nSteps, label, named, pixels, values, told, likeliest, sureness } = episode;
  if (whole) {
    const verdict = named === label ? "right" : `wrong, it is ${quoted(label)}`;
    return `The whole image; rings mark what was measured. Named ${quoted(named)} after ${count(nSteps)}: ${verdict}.`;
  }
  const next = step < nSteps
    ? `${step ? "Next" : "First"}: ${place(pixels[step])}, expected to tell ${bits(told[step])}.` : "That is enough.";
  if (step === 0) return `Nothing is measured yet. ${next}`;
  const best = likeliest[step];
  return `Pixel ${step}, ${place(pixels[step - 1])}, reads ${values[step - 1]}. Most probable: ` +
    `${quoted(best)}, ${percent(sureness[step])}. ${next}`;
}

function show() {
  const { episode } = state;
  const { nSteps, pixels } = episode;
  const whole = state.step > nSteps;
  const step = Math.min(state.step, nSteps);
  const readings = new Map(pixels.slice(0, step).map((pixel, i) => [pixel, grey(shadeOf(episode.values[i]))]));
  const seen = pixels.slice(whole ? 0 : Math.max(step - 1, 0), step);
  const gains = episode.gain.subarray(step * nRows * nColumns * nChannels);
  draw(at("episode-image"), (pixel) => (whole ? grey(episode.picture[pixel]) : readings.get(pixel)), {
    ringed: seen, ink: data.ring, framed: whole ? [] : [...readings.keys()],
  });
  draw(at("episode-gain"), (pixel) => (gains[pixel] === NO_GAIN ? null : gainColours[gains[pixel]]), {
    ringed: step < nSteps ? [pixels[step]] : [], ink: "#ffffff",
  });
  showBars(episode, step);
  const [words, counted] = [wordsFor(episode, step, whole), whole ? "whole image" : count(step)];
  at("episode-words").textContent = words;
  at("episode-count").textContent = counted;
  at("episode-step").value = state.step;
  at("episode-step").setAttribute("aria-valuetext", counted);
  at("episode-image-caption").textContent = whole ? "the whole image" : "measured so far";
  at("episode-image").setAttribute("aria-label", whole ? "The whole image" : `The image after ${count(step)}`);
  at("episode-gain").setAttribute("aria-label", `Expected gain of each pixel after ${count(step)}`);
  at("episode-back").disabled = state.step === 0;
  at("episode-on").disabled = whole;
}

function choose(number) {
  stop();
  Object.assign(state, { episode: unpacked[number], step: 0 });
  at("episode-step").max = state.episode.nSteps + 1;
  at("episode-most").textContent = bits(state.episode.most);
  makeBars(state.episode);
  show();
}

function go(step) {
  state.step = Math.min(Math.max(step, 0), state.episode.nSteps + 1);
  show();
}

// Playing: one timer at a time, and none once the end is reached or the page is out of sight.
let timer = null;
function stop() {
  clearTimeout(timer);
  timer = null;
  at("episode-play").textContent = "Play";
}
function playOn() {
  go(state.step + 1);
  if (state.step > state.episode.nSteps) stop();
  else timer = setTimeout(playOn, PAUSE);
}
at("episode-play").addEventListener("click", () => {
  if (timer !== null) { stop(); return; }
  if (state.step > state.episode.nSteps) go(0);
  at("episode-play").textContent = "Pause";
  timer = setTimeout(playOn, PAUSE / 4);
});
document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); });

at("episode").append(...unpacked.map(({ image, label }, i) => new Option(`number ${image}, label ${data.label_names[label]}`, i)));
at("episode").addEventListener("change", () => choose(Number(at("episode").value)));
at("episode-step").addEventListener("input", () => { stop(); go(Number(at("episode-step").value)); });
at("episode-back").addEventListener("click", () => { stop(); go(state.step - 1); });
at("episode-on").addEventListener("click", () => { stop(); go(state.step + 1); });
addEventListener("resize", show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
at("episode-strip").style.backgroundImage = `linear-gradient(to right, ${data.viridis.join(", ")})`;
at("episode-labels").style.setProperty("--confidence", `${100 * data.confidence}%`);
view.style.setProperty("--ring", data.ring);
choose(0);
