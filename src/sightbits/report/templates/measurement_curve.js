// The page of a study of measuring: data sets from columns to the rows that charts draw.
"use strict";

const page = window.sightbitsPage;
const { sets, shape: [, nColumns, nChannels] } = page.data;

function rowsOf(columns) {
  const names = Object.keys(columns);
  const n = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: n }, (_, i) => Object.fromEntries(names.map((name) => [name, columns[name][i]])));
}

const place = (pixel) => ({
  row: Math.floor(pixel / (nColumns * nChannels)),
  column: Math.floor(pixel / nChannels) % nColumns,
  channel: pixel % nChannels,
});

for (const [name, columns] of Object.entries(sets)) page.datasets[name] = rowsOf(columns);
page.datasets.measured = page.datasets.measured.map((row, pixel) => ({ ...place(pixel), ...row }));
page.draw();
