// The page of information through a network: one slider sets the look that all charts mark.
"use strict";

const page = window.sightbitsPage;
const looks = page.data.datasets.looks;
const at = (id) => document.getElementById(id);
const slider = at("look");
slider.max = looks.length - 1;

function chooseLook(look) {
  const { step, epoch, accuracy } = looks[look];
  slider.value = look;
  slider.setAttribute("aria-valuetext", `update ${step}`);
  at("look-step").textContent = step.toLocaleString("en");
  at("look-words").textContent =
    `epoch ${Number(epoch.toPrecision(3))}` + (accuracy === undefined ? "" : `, accuracy ${(100 * accuracy).toFixed(1)} %`);
  page.set({ look });
}

slider.addEventListener("input", () => chooseLook(Number(slider.value)));
page.onClick((datum) => { if (datum.look !== undefined) chooseLook(datum.look); });
chooseLook(looks.length - 1);
