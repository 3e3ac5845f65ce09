// The page of encodings compared: data sets from columns to rows, and one legend for the lines of all charts.
"use strict";

const page = window.sightbitsPage;
const { columns: nColumns, channels: nChannels, sets, maps } = page.data;

function rowsOf(columns, place = () => ({})) {
  const names = Object.keys(columns);
  const n = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: n }, (_, i) => (
    { ...place(i), ...Object.fromEntries(names.map((name) => [name, columns[name][i]])) }
  ));
}

const placed = (channels) => (i) => ({
  row: Math.floor(i / (nColumns * channels)),
  column: Math.floor(i / channels) % nColumns,
  channel: i % channels,
});

for (const [name, columns] of Object.entries(sets)) page.datasets[name] = rowsOf(columns);
page.datasets.places = rowsOf(maps.places, placed(1));
page.datasets.pixels = rowsOf(maps.pixels, placed(nChannels));

const lines = [...document.querySelectorAll(".legend .line")];
for (const line of lines) {
  line.addEventListener("click", () => {
    const shown = line.getAttribute("aria-pressed") === "true" ? "" : line.dataset.encoding;
    for (const other of lines) other.setAttribute("aria-pressed", String(other.dataset.encoding === shown));
    page.set({ shown });
  });
}

page.draw();
