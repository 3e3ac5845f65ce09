// What readings of a hidden image say of its label, and the policy that chooses by it: the sums of the mixture belief.
"use strict";

const FULL = 255;    // what a template's byte holds where the level is certain
const CLOSE = 1e-9;  // nats: pixels whose gains differ by less are equally good

const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const xLogX = (x) => (x > 0 ? x * Math.log(x) : 0);
const entropy = (probabilities) => probabilities.reduce((sum, p) => sum - xLogX(p), 0);
const most = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

function scaled(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? weights.map((weight) => weight / total) : null;
}

function modelFrom(game) {
  const nPixels = game.shape[0] * game.shape[1];
  const [nLevels, nLabels] = [game.channel.length, game.label_names.length];
  return {
    nPixels, nLevels, nLabels,
    nImages: game.labels.length,
    templates: bytes(game.templates),
    labels: Int32Array.from(game.component_labels),
    channel: game.channel,
    images: bytes(game.images),
    trueImages: bytes(game.true_images),
    confidence: game.confidence,
    mostPixels: Math.min(game.n_pixels_most, nPixels),
    start: scaled(new Float64Array(bytes(game.weights).buffer)),
    truly: new Float64Array(nLevels * nLabels * nPixels),  // filled anew for every map of gains
  };
}

const reading = (model, image, pixel) => model.images[image * model.nPixels + pixel];
const there = (model, image, pixel) => model.trueImages[image * model.nPixels + pixel];  // a noisy reading may differ

// The weights of the components after one more reading; a reading that none of them allows changes nothing.
function observed(model, weights, pixel, level) {
  const { templates, channel, nPixels } = model;
  const above = model.nLevels - 1;
  const [none, ...steps] = channel.map((row, l) => (l ? (row[level] - channel[0][level]) / FULL : row[level]));
  const after = weights.map((weight, k) => {
    let likelihood = none;
    for (let l = 0; l < above; l++) likelihood += templates[(k * above + l) * nPixels + pixel] * steps[l];
    return weight * Math.max(likelihood, 0);
  });
  return scaled(after) ?? weights;
}

function posteriorOf(model, weights) {
  const posterior = new Float64Array(model.nLabels);
  weights.forEach((weight, k) => { posterior[model.labels[k]] += weight; });
  return posterior;
}

// P(level there, label) at every pixel. The sums over components are most of the work: one pass over the bytes.
function fillTruly({ templates, labels, truly, nPixels, nLevels, nLabels }, weights, posterior) {
  const plane = nLabels * nPixels;
  truly.fill(0, plane);
  for (let k = 0; k < weights.length; k++) {
    const weight = weights[k] / FULL;
    if (weight === 0) continue;
    for (let l = 1; l < nLevels; l++) {
      const from = (k * (nLevels - 1) + l - 1) * nPixels;
      const to = l * plane + labels[k] * nPixels;
      for (let pixel = 0; pixel < nPixels; pixel++) truly[to + pixel] += weight * templates[from + pixel];
    }
  }
  for (let place = 0; place < plane; place++) {
    let rest = posterior[Math.floor(place / nPixels)];
    for (let l = 1; l < nLevels; l++) rest -= truly[l * plane + place];
    truly[place] = Math.max(rest, 0);
  }
}

// Expected information gain of each pixel in nats: H(label) + H(reading) - H(reading, label).
function gainsOf(model, weights, posterior) {
  fillTruly(model, weights, posterior);
  const { truly, channel, nPixels, nLevels, nLabels } = model;
  const gains = new Float64Array(nPixels).fill(entropy(posterior));
  for (let pixel = 0; pixel < nPixels; pixel++) {
    for (let level = 0; level < nLevels; level++) {
      let read = 0;
      for (let label = 0; label < nLabels; label++) {
        let joint = 0;
        for (let l = 0; l < nLevels; l++) joint += channel[l][level] * truly[(l * nLabels + label) * nPixels + pixel];
        read += joint;
        gains[pixel] += xLogX(joint);
      }
      gains[pixel] -= xLogX(read);
    }
  }
  return gains;
}

// The policy: the pixel of the highest gain, the first of those that are equally good.
function bestPixel(gains, isMeasured) {
  let highest = -Infinity;
  gains.forEach((gain, pixel) => { if (!isMeasured[pixel]) highest = Math.max(highest, gain); });
  return gains.findIndex((gain, pixel) => !isMeasured[pixel] && gain >= highest - CLOSE);
}

function knowledge(model, weights, pixels, isMeasured) {
  const posterior = posteriorOf(model, weights);
  const label = most(posterior);
  return {
    weights, pixels, isMeasured, posterior, label,
    sure: posterior[label] >= model.confidence,
    spent: pixels.length >= model.mostPixels,
  };
}

const begin = (model) => knowledge(model, model.start, [], new Uint8Array(model.nPixels));

function measure(model, known, image, pixel) {
  const weights = observed(model, known.weights, pixel, reading(model, image, pixel));
  const isMeasured = known.isMeasured.slice();
  isMeasured[pixel] = 1;
  return knowledge(model, weights, [...known.pixels, pixel], isMeasured);
}

// What the policy knows at the end of its own round on an image.
function playedByPolicy(model, image) {
  let known = begin(model);
  while (!known.sure && !known.spent) {
    const gains = gainsOf(model, known.weights, known.posterior);
    known = measure(model, known, image, bestPixel(gains, known.isMeasured));
  }
  return known;
}

window.sightbitsBelief = { modelFrom, begin, measure, reading, there, gainsOf, bestPixel, playedByPolicy, entropy };
