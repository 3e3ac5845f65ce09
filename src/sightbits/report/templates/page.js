// Draws the figures of a page, in the theme and at the width the reader has. A study's own script feeds it data.
"use strict";

const data = JSON.parse(document.getElementById("page-data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const GAP = 14;     // between small maps
const MOST_CELL = 52;

const page = {
  data,
  values: {},                 // what the parameters of all figures are set to
  datasets: {},               // data sets of all figures, by name
  views: new Map(),
  listeners: [],

  // Set parameters on every figure that has them.
  set(values) {
    Object.assign(page.values, values);
    for (const [name, view] of page.views) {
      const params = new Set((data.figures[name].spec.params || []).map((param) => param.name));
      let changed = false;
      for (const [key, value] of Object.entries(values)) {
        if (params.has(key)) { view.signal(key, value); changed = true; }
      }
      if (changed) view.runAsync();
    }
  },

  // Replace a data set wherever it is drawn.
  feed(dataset, rows) {
    page.datasets[dataset] = rows;
    for (const [name, view] of page.views) {
      if (uses(data.figures[name].spec, dataset)) view.data(dataset, rows).runAsync();
    }
  },

  onClick(listener) { page.listeners.push(listener); },
  draw,
};
window.sightbitsPage = page;

function uses(spec, dataset) {
  return JSON.stringify(spec).includes(`"name":"${dataset}"`);
}

// The widest whole cell that fits, so that no seams show between cells.
function cellFor(figure, width) {
  const across = acrossFor(figure, width);
  const room = figure.across > 1 ? width / across - GAP - 4 : width - figure.margin;
  return Math.max(1, Math.min(MOST_CELL, Math.floor(room / figure.columns)));
}

function acrossFor(figure, width) {
  return figure.across > 1 ? Math.max(2, Math.min(figure.across, Math.floor(width / 130))) : 1;
}

function fitted(figure, width) {
  const spec = structuredClone(figure.spec);
  const theme = data.themes[dark.matches ? "dark" : "light"];
  spec.config = { ...theme.config, background: "transparent" };
  spec.datasets = {};
  for (const [name, rows] of Object.entries(page.datasets)) {
    if (uses(spec, name)) spec.datasets[name] = rows;
  }
  const values = { ...page.values, missing: theme.missing };
  if (figure.columns) {
    const cell = cellFor(figure, width);
    values.cell = cell;
    const one = spec.spec || spec;
    one.width = { step: cell };
    one.height = { step: cell };
    if (spec.spec) spec.columns = acrossFor(figure, width);
  } else {
    spec.width = Math.max(120, width - figure.margin);
  }
  spec.padding = 4;
  for (const param of spec.params || []) {
    if (param.name in values) param.value = values[param.name];
  }
  return spec;
}

// Draw every figure, or those inside one element. Between two the browser may show what is there.
let turns = 0;
async function draw(inside = "main") {
  const turn = inside === "main" ? ++turns : null;
  for (const element of document.querySelectorAll(`${inside} [data-figure]`)) {
    const name = element.dataset.figure;
    if (element.closest("[hidden]")) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (turn !== null && turn !== turns) return;  // all are being drawn anew
    const width = element.clientWidth;
    page.views.get(name)?.finalize();
    const result = await vegaEmbed(element, fitted(data.figures[name], width), {
      actions: false, ast: true, defaultStyle: false, renderer: "canvas", tooltip: { disableDefaultStyle: true },
    });
    page.views.set(name, result.view);
    result.view.addEventListener("click", (event, item) => {
      if (item?.datum) for (const listener of page.listeners) listener(item.datum);
    });
  }
  document.documentElement.dataset.drawn = "true";
}

let pending;
let lastWidth = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === lastWidth) return;  // a phone's address bar coming and going
  lastWidth = innerWidth;
  clearTimeout(pending);
  pending = setTimeout(() => draw(), 150);
});
dark.addEventListener("change", () => draw());
