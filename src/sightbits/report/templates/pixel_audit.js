// The audit's page: a slider for k, a switch of the small maps, a look into one pixel.
"use strict";

const page = window.sightbitsPage;
const { data } = page;
const [nRows, nColumns, nChannels] = data.shape;
const nPixels = nRows * nColumns * nChannels;
const at = (id) => document.getElementById(id);
const place = (pixel) => ({
  row: Math.floor(pixel / (nColumns * nChannels)),
  column: Math.floor(pixel / nChannels) % nColumns,
  channel: pixel % nChannels,
});
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const number = (value, digits = 4) => (value === null ? "-" : value.toFixed(digits));

function pixelRows(stability) {
  const rows = [];
  for (let pixel = 0; pixel < nPixels; pixel++) {
    const row = place(pixel);
    for (const [name, values] of Object.entries(data.pixels)) row[name] = values[pixel];
    if (stability) row.stability = stability[pixel];
    rows.push(row);
  }
  return rows;
}

function labelRows(name) {
  const rows = [];
  data.labels[name].forEach((values, label) => values.forEach((value, pixel) => {
    if (value !== null) rows.push({ ...place(pixel), label: data.label_names[label], value });
  }));
  return rows;
}

// How few pixels: the slider stops at the measured points of the curve.
const slider = at("k");
slider.max = data.curve.length - 1;

function chooseK(index) {
  const point = data.curve[index];
  slider.value = index;
  slider.setAttribute("aria-valuetext", `${point.n_pixels} pixels`);
  at("k-value").textContent = point.n_pixels;
  at("k-accuracy").textContent =
    `accuracy ${percent(point.accuracy)} (${percent(point.low)} to ${percent(point.high)})`;
  page.set({ k: point.n_pixels });
  if (data.stability.length) page.feed("pixels", pixelRows(data.stability[index]));
  if (data.overlap.length) page.feed("overlap", data.overlap[index]);
}
slider.addEventListener("input", () => chooseK(Number(slider.value)));

// One pixel beside every other one: whole numbers of 16 bits, a row a reference.
function unpacked({ step, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const whole = new Int16Array(bytes.buffer);
  return (row, pixel) => whole[row * nPixels + pixel] * step;
}
const pairs = data.redundancy;
const shared = unpacked(pairs.shared);
const interaction = unpacked(pairs.interaction);

function showPairs(pixel) {
  if (!pairs.references.length) return;
  const row = pairs.references.indexOf(pixel);
  const words = at("pair-words");
  if (row < 0) {
    words.textContent =
      `This pixel never changes, or is not among the first ${pairs.references.length} of the ranking, which are compared.`;
    page.feed("pairs", []);
    return;
  }
  const rows = [];
  for (let other = 0; other < nPixels; other++) {
    const between = interaction(row, other);
    const figures = { shared: shared(row, other), given: pairs.alone[other] + between, interaction: between };
    rows.push({ ...place(other), chosen: other === pixel, ...figures });
  }
  page.feed("pairs", rows);
  const others = rows.filter((one) => !one.chosen);
  if (!others.length) return;
  const most = (name) => others.reduce((best, one) => (one[name] > best[name] ? one : best));
  const where = (one) => `row ${one.row}, column ${one.column}` + (nChannels > 1 ? `, channel ${one.channel}` : "");
  const [twin, partner] = [most("shared"), most("given")];
  words.textContent =
    `Chosen: ${where(place(pixel))}. Closest to it: ${where(twin)}, ${number(twin.shared)} ${data.unit}s shared. ` +
    `Best beside it: ${where(partner)}, which adds ${number(partner.given)} ${data.unit}s ` +
    `(${number(partner.given - partner.interaction)} alone).`;
}

// One pixel.
const boxes = { row: at("pixel-row"), column: at("pixel-column"), channel: at("pixel-channel") };
boxes.row.max = nRows - 1;
boxes.column.max = nColumns - 1;
boxes.channel.max = nChannels - 1;
at("channel-choice").hidden = nChannels === 1;

function choosePixel(pixel) {
  const where = place(pixel);
  for (const [name, box] of Object.entries(boxes)) box.value = where[name];
  const of = (name) => data.pixels[name][pixel];
  at("pixel-words").textContent =
    `${of("rank") > data.usable ? "Not to be used" : `Rank ${of("rank")} of ${data.usable}`}, ${of("state")}: ${number(of("information"))} ${data.unit}s` +
    (of("null") === null ? "" : `, of which ${number(of("null"))} by chance`) +
    `; variance ${number(of("variance"), 2)}, bright in ${percent(of("bright"))} of the images.` +
    " Orange ticks: the label's share of all images.";
  const profile = data.label_names.map((label, i) => ({
    label,
    share: data.label_share[i],
    ...Object.fromEntries(Object.keys(data.labels).map((name) => [name, data.labels[name][i][pixel]])),
  }));
  for (const name of Object.keys(data.labels)) {
    const shares = name === "label_mean" ? [] : data.label_share;
    page.set({ [`top_${name}`]: Math.max(...profile.map((row) => row[name]), ...shares) || 1 });
  }
  page.feed("profile", profile);
  showPairs(pixel);
  at("channel").value = where.channel;
  page.set({ channel: where.channel });
}

at("channel-shown").hidden = nChannels === 1;
for (let channel = 0; channel < nChannels; channel++) at("channel").append(new Option(channel, channel));
at("channel").addEventListener("change", () => {
  boxes.channel.value = at("channel").value;
  choosePixel(pixelAt());
});

function pixelAt() {
  const [row, column, channel] = ["row", "column", "channel"].map((name) => {
    const value = Math.round(Number(boxes[name].value) || 0);
    return Math.min(Math.max(value, 0), Number(boxes[name].max));
  });
  return (row * nColumns + column) * nChannels + channel;
}
for (const box of Object.values(boxes)) box.addEventListener("change", () => choosePixel(pixelAt()));

page.onClick((datum) => {
  if (datum.n_pixels !== undefined) chooseK(data.curve.findIndex((point) => point.n_pixels === datum.n_pixels));
  else if (datum.row !== undefined) choosePixel((datum.row * nColumns + datum.column) * nChannels + datum.channel);
});

// Label by label: one kind of small map at a time.
function chooseLabelMap(name) {
  for (const element of document.querySelectorAll("#labels [data-figure]")) {
    element.parentElement.hidden = element.dataset.figure !== name;
  }
  page.datasets.labels = labelRows(name);
  for (const kind of Object.keys(data.labels)) {
    page.views.get(kind)?.finalize();
    page.views.delete(kind);
  }
}
for (const radio of document.querySelectorAll("[name=label-map]")) {
  radio.addEventListener("change", () => {
    chooseLabelMap(radio.value);
    page.draw("#labels");
  });
}

// The first pixels as a table.
const columns = [
  ["rank", (pixel) => data.pixels.rank[pixel]],
  ["row", (pixel) => place(pixel).row],
  ["column", (pixel) => place(pixel).column],
  ...(nChannels > 1 ? [["channel", (pixel) => place(pixel).channel]] : []),
  [`information, ${data.unit}s`, (pixel) => number(data.pixels.information[pixel])],
  ["by chance", (pixel) => number(data.pixels.null[pixel])],
  ["q-value", (pixel) => data.pixels.q_value[pixel]],
  ["variance", (pixel) => number(data.pixels.variance[pixel], 2)],
];
function cell(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
at("best-head").append(...columns.map(([name]) => cell("th", name)));
const usable = [...data.pixels.rank.keys()].filter((pixel) => data.pixels.rank[pixel] <= data.usable);
const best = usable.sort((a, b) => data.pixels.rank[a] - data.pixels.rank[b]).slice(0, 12);
for (const pixel of best) {
  const row = document.createElement("tr");
  row.append(...columns.map(([, value]) => cell("td", value(pixel))));
  at("best-rows").append(row);
}

page.datasets.curve = data.curve;
page.datasets.rankers = data.rankers;
page.datasets.pixels = pixelRows();
chooseK(data.curve.findIndex((point) => point.n_pixels === data.k));
choosePixel(data.pixel);
chooseLabelMap("label_mean");
page.draw();
