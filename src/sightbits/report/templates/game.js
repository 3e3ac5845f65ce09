// The measuring game: choose pixels of a hidden image, and name its label with as few of them as you dare.
"use strict";

const { game } = window.sightbitsPage.data;
const { modelFrom, begin, measure, reading, there, gainsOf, bestPixel, playedByPolicy, entropy } = window.sightbitsBelief;
const model = modelFrom(game);
const [nRows, nColumns] = game.shape;
const at = (id) => document.getElementById(id);
const inBits = (nats) => Math.max(nats, 0) / Math.LN2;
const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const quoted = (label) => `“${game.label_names[label]}”`;
const place = (pixel) => `row ${Math.floor(pixel / nColumns)}, column ${pixel % nColumns}`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);

const MOST_SIDE = 560;  // of the board, in pixels of screen
const MOST_CELL = 48;
const PICTURE = 140;
const IN_WORDS = [
  "Expected gain: how much a pixel would tell of the label, on average.", "The framed pixels are those you measured.",
];
const grey = Array.from({ length: model.nLevels }, (_, level) => {
  const value = Math.round(16 + (level / (model.nLevels - 1)) * 236);
  return `rgb(${value} ${value} ${value})`;
});
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];
const gainColours = colours(VIRIDIS, 128);

function colours(stops, n) {
  const parts = stops.map((stop) => [1, 3, 5].map((from) => parseInt(stop.slice(from, from + 2), 16)));
  return Array.from({ length: n }, (_, i) => {
    const along = (i / (n - 1)) * (parts.length - 1);
    const left = Math.min(Math.floor(along), parts.length - 2);
    const mixed = parts[left].map((value, j) => Math.round(value + (along - left) * (parts[left + 1][j] - value)));
    return `rgb(${mixed.join(" ")})`;
  });
}

let round;
const score = { rounds: 0, you: { right: 0, pixels: 0 }, policy: { right: 0, pixels: 0 } };
window.sightbitsGame = { model, score, get round() { return round; } };

function know(known) {
  Object.assign(round, { known, gains: gainsOf(model, known.weights, known.posterior) });
}

function begun(number) {
  const image = number % model.nImages;
  round = { number, image, over: false };
  know(begin(model));
  at("game-result").hidden = true;
  const which = `Image ${image + 1} of ${model.nImages} (test image ${game.image_numbers[image]})`;
  say(`${which}. Choose a first pixel, or let the policy.`);
  if (round.known.sure) finish(round.known.label, "The most probable label needs no pixel.");
  show();
}

function choose(pixel, who) {
  if (round.over || round.known.isMeasured[pixel]) return;
  know(measure(model, round.known, round.image, pixel));
  const { label, posterior, sure, spent, pixels } = round.known;
  const [name, sureness] = [quoted(label), percent(posterior[label])];
  const level = game.level_names[reading(model, round.image, pixel)];
  say(`${who} measured ${place(pixel)}: ${level}. Most probable: ${name}, ${sureness}.`);
  if (sure) finish(label, `${count(pixels.length, "pixel")} made ${name} ${sureness} probable.`);
  else if (spent) finish(label, `All ${count(pixels.length, "pixel")} are used; ${name} is most probable.`);
  show();
}

function nameLabel(label) {
  if (round.over) return;
  finish(label, `You named ${quoted(label)} after ${count(round.known.pixels.length, "pixel")}.`);
  show();
}

// Both have played the image: count, compare and lay open.
function finish(answer, how) {
  const truth = game.labels[round.image];
  const policy = playedByPolicy(model, round.image);
  Object.assign(round, { over: true, answer, policy, truth });
  score.rounds += 1;
  const add = (player, named, pixels) => {
    player.right += named === truth ? 1 : 0;
    player.pixels += pixels.length;
  };
  add(score.you, answer, round.known.pixels);
  add(score.policy, policy.label, policy.pixels);
  say(
    `${how} ${answer === truth ? "Right: it is" : "Wrong: it is"} ${quoted(truth)}. The policy said ` +
    `${quoted(policy.label)} after ${count(policy.pixels.length, "pixel")}.`,
  );
  reveal(at("game-your-answer"), at("game-yours"), answer, round.known);
  reveal(at("game-its-answer"), at("game-its"), policy.label, policy);
  at("game-result").hidden = false;
}

const say = (text) => { at("game-message").textContent = text; };

// The board: a button a pixel, one of them in the order of tabs, the others by arrow keys.
const board = at("game-board");
const cells = [];
for (let row = 0; row < nRows; row++) {
  const line = document.createElement("div");
  line.setAttribute("role", "row");
  for (let column = 0; column < nColumns; column++) {
    const [holder, cell] = [document.createElement("div"), document.createElement("button")];
    holder.setAttribute("role", "gridcell");
    cell.type = "button";
    cell.tabIndex = -1;
    cell.dataset.pixel = cells.push(cell) - 1;
    cell.setAttribute("aria-describedby", "game-pointed");
    holder.append(cell);
    line.append(holder);
  }
  board.append(line);
}
board.style.setProperty("--columns", nColumns);
let inTabs = cells[Math.floor(nRows / 2) * nColumns + Math.floor(nColumns / 2)];
inTabs.tabIndex = 0;

const pixelOf = (event) => {
  const cell = event.target.closest("[data-pixel]");
  return cell ? Number(cell.dataset.pixel) : null;
};
board.addEventListener("click", (event) => { if (pixelOf(event) !== null) choose(pixelOf(event), "You"); });
board.addEventListener("pointerover", (event) => point(pixelOf(event)));
board.addEventListener("pointerleave", () => point(null));
board.addEventListener("focusin", (event) => {
  inTabs.tabIndex = -1;
  inTabs = event.target;
  inTabs.tabIndex = 0;
  point(pixelOf(event));
});
board.addEventListener("keydown", (event) => {
  const pixel = pixelOf(event);
  const column = pixel % nColumns;
  const to = {
    ArrowLeft: column > 0 ? pixel - 1 : pixel,
    ArrowRight: column < nColumns - 1 ? pixel + 1 : pixel,
    ArrowUp: pixel - nColumns,
    ArrowDown: pixel + nColumns,
    Home: pixel - column,
    End: pixel - column + nColumns - 1,
  }[event.key];
  if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  cells[to]?.focus();
});

// The pixel under the pointer or with the focus, in words below the board.
let pointed = null;
function point(pixel) {
  pointed = pixel;
  at("game-pointed").textContent = pixel === null ? IN_WORDS[Number(round.over)] : described(pixel);
}

function described(pixel) {
  const where = capital(place(pixel));
  if (round.known.isMeasured[pixel]) return `${where}: measured, ${measuredWords(pixel)}`;
  if (round.over) return `${where}: not measured, ${game.level_names[there(model, round.image, pixel)]}`;
  return at("game-show-gain").checked ? `${where}: expected gain ${inBits(round.gains[pixel]).toFixed(3)} bits` : where;
}

// What was read, and at the end also what is there where noise made the reading a wrong one.
function measuredWords(pixel) {
  const [read, level] = [reading, there].map((of) => game.level_names[of(model, round.image, pixel)]);
  return round.over && read !== level ? `${read}, but it is ${level}` : read;
}

// The labels: a bar each that is also the button to name it.
const bars = game.label_names.map((name, label) => {
  const bar = document.createElement("button");
  bar.type = "button";
  bar.className = "game-label";
  const parts = ["name", "track", "share", "mark"].map((part) => {
    const element = document.createElement("span");
    element.className = `game-${part}`;
    return element;
  });
  const fill = document.createElement("span");
  parts[0].textContent = name;
  parts[1].append(fill);
  bar.append(...parts);
  bar.addEventListener("click", () => nameLabel(label));
  return { bar, fill, share: parts[2], mark: parts[3] };
});
at("game-labels").append(...bars.map(({ bar }) => bar));
at("game-labels").style.setProperty("--confidence", `${100 * game.confidence}%`);

function show() {
  const { known, gains, over } = round;
  const showGain = at("game-show-gain").checked && !over;
  const open = [...gains.keys()].filter((pixel) => !known.isMeasured[pixel]);
  const highest = open.reduce((most, pixel) => Math.max(most, gains[pixel]), 0);
  const last = known.pixels.at(-1);
  cells.forEach((cell, pixel) => {
    const measured = known.isMeasured[pixel] === 1;
    const level = (over ? there : reading)(model, round.image, pixel);
    const state = measured ? `measured: ${measuredWords(pixel)}` : "not measured";
    const shade = Math.round((Math.max(gains[pixel], 0) / Math.max(highest, 1e-9)) * (gainColours.length - 1));
    cell.className = measured ? `measured${pixel === last && !over ? " last" : ""}` : over || showGain ? "" : "unknown";
    cell.style.backgroundColor = measured || over ? grey[level] : showGain ? gainColours[shade] : "";
    cell.setAttribute("aria-label", `${place(pixel)}, ${state}${over && !measured ? `: ${game.level_names[level]}` : ""}`);
  });
  board.classList.toggle("over", over);
  bars.forEach(({ bar, fill, share, mark }, label) => {
    const text = percent(known.posterior[label]);
    const [isTruth, isAnswer] = [over && label === round.truth, over && label === round.answer];
    const words = isTruth ? "this is it" : isAnswer ? "named, wrong" : "";
    fill.style.width = `${100 * known.posterior[label]}%`;
    share.textContent = text;
    mark.textContent = isTruth ? "✓" : isAnswer ? "✗" : "";
    bar.classList.toggle("truth", isTruth);
    bar.setAttribute("aria-label", `${over ? "" : "Name "}${game.label_names[label]}: ${text}${words && `, ${words}`}`);
  });
  for (const button of [at("game-policy"), ...bars.map(({ bar }) => bar)]) button.setAttribute("aria-disabled", over);
  at("game-new").classList.toggle("next", over);
  at("game-hint").hidden = over;
  at("game-count").textContent = `${known.pixels.length} of at most ${count(model.mostPixels, "pixel")}`;
  at("game-unknown").textContent =
    `${inBits(entropy(known.posterior)).toFixed(2)} of ${Math.log2(model.nLabels).toFixed(2)} bits still unknown`;
  at("game-highest").textContent = `${inBits(highest).toFixed(3)} bits`;
  at("game-scale").hidden = !showGain;
  at("game-gain").classList.toggle("over", over);
  showScore();
  point(pointed);
}

function showScore() {
  const line = (who, { right, pixels }) => (score.rounds
    ? `${who}: ${right} of ${score.rounds} right, ${(pixels / score.rounds).toFixed(1)} pixels on average` : "");
  at("game-your-score").textContent = line("You", score.you);
  at("game-its-score").textContent = line("The policy", score.policy);
}

// A small picture of the whole image as it is, with what was measured framed.
function reveal(caption, canvas, answer, { pixels }) {
  const cell = Math.max(3, Math.floor(PICTURE / Math.max(nRows, nColumns)));
  Object.assign(canvas, { width: nColumns * cell, height: nRows * cell });
  const context = canvas.getContext("2d");
  const paint = (pixel, colour, beyond) => {
    context.fillStyle = colour;
    const side = cell + 2 * beyond;
    context.fillRect((pixel % nColumns) * cell - beyond, Math.floor(pixel / nColumns) * cell - beyond, side, side);
  };
  const greyOf = (pixel) => grey[there(model, round.image, pixel)];
  const frame = getComputedStyle(board).getPropertyValue("--measured");
  cells.forEach((_, pixel) => paint(pixel, greyOf(pixel), 0));
  pixels.forEach((pixel) => paint(pixel, frame, 1));
  pixels.forEach((pixel) => paint(pixel, greyOf(pixel), -1));
  const verdict = answer === round.truth ? "right ✓" : "wrong ✗";
  caption.textContent = `${quoted(answer)}, ${verdict}, ${count(pixels.length, "pixel")}`;
  canvas.setAttribute("aria-label", `The whole image; framed: ${count(pixels.length, "measured pixel")}`);
}

// Cells of whole pixels, as wide as there is room for.
function fit() {
  const room = Math.min(at("game-image").clientWidth, MOST_SIDE);
  const cell = Math.min(Math.floor(room / nColumns), Math.floor(MOST_SIDE / nRows), MOST_CELL);
  board.style.setProperty("--cell", `${Math.max(cell, 3)}px`);
}

at("game-strip").style.backgroundImage = `linear-gradient(to right, ${VIRIDIS.join(", ")})`;
at("game-show-gain").addEventListener("change", show);
at("game-policy").addEventListener("click", () => {
  if (!round.over) choose(bestPixel(round.gains, round.known.isMeasured), "The policy");
});
at("game-new").addEventListener("click", () => begun(round.number + 1));
addEventListener("resize", fit);
fit();
begun(0);
