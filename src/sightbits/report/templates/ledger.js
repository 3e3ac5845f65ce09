// The page of the ledger: which claims are listed, and the way from a tile to its claim.
"use strict";

const page = window.sightbitsPage;
const buttons = [...document.querySelectorAll("button[data-verdict]")];

function list(verdict) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
  for (const table of document.querySelectorAll(".claims")) {
    let listed = 0;
    for (const row of table.querySelectorAll("tr[data-verdict]")) {
      row.hidden = verdict !== "" && row.dataset.verdict !== verdict;
      if (!row.hidden) listed += 1;
    }
    table.hidden = listed === 0;
    table.nextElementSibling.hidden = listed > 0;
  }
}

for (const button of buttons) button.addEventListener("click", () => list(button.dataset.verdict));
page.onClick((datum) => {
  if (datum.anchor === undefined) return;
  list("");
  location.hash = datum.anchor;
});
