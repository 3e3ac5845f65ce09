// A page whose figures need nothing but their data sets.
"use strict";

const page = window.sightbitsPage;
Object.assign(page.datasets, page.data.datasets);
page.draw();
