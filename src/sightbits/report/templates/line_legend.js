// Legends in HTML: a name brings its line to the fore in all charts that have the parameter, and lets it go again.
"use strict";

const page = window.sightbitsPage;
const lines = [...document.querySelectorAll(".legend .line")];

for (const line of lines) {
  line.addEventListener("click", () => {
    const { parameter, word } = line.dataset;
    const shown = line.getAttribute("aria-pressed") === "true" ? "" : word;
    for (const other of lines) {
      if (other.dataset.parameter === parameter) other.setAttribute("aria-pressed", String(other.dataset.word === shown));
    }
    page.set({ [parameter]: shown });
  });
}
