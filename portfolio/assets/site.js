// What needs a script: interactive charts, on request, and the search in tables. Without it the pages are complete.
"use strict";
const own = document.currentScript.dataset;
const ontime = { charts: {}, themes: {} };
window.ontime = ontime;

function load(path) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: own.root + path, onload: done, onerror: failed });
    document.head.append(script);
  });
}

let libraries; // one promise: a second chart may be asked for while they load

async function draw(figure, name, button) {
  button.disabled = true;
  libraries ??= Promise.all([load(own.vega), load("assets/themes.js")]);
  await libraries;
  await load(`charts/${name}.js`);
  const picture = figure.querySelector("picture");
  const image = picture.querySelector("img");
  const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const config = structuredClone(ontime.themes[scheme]);
  const width = Math.max(240, Math.min(600, figure.clientWidth - 90));
  Object.assign(config.view, { continuousWidth: width, discreteWidth: width });
  const chart = { description: image.alt, ...ontime.charts[name], config };
  const drawn = Object.assign(document.createElement("div"), { className: "drawn", tabIndex: 0 });
  drawn.setAttribute("role", "region");
  drawn.setAttribute("aria-label", `Interactive: ${figure.querySelector("figcaption").textContent}`);
  drawn.style.minHeight = `${image.height}px`;
  picture.replaceWith(drawn);
  button.remove();
  // With the interpreter, Vega needs no right to evaluate code.
  await window.vegaEmbed(drawn.appendChild(document.createElement("div")), chart, { actions: false, ast: true, renderer: "svg" });
}

for (const figure of document.querySelectorAll("[data-chart]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Interactive";
  button.setAttribute("aria-label", `Interactive: ${figure.querySelector("figcaption").textContent}`);
  button.addEventListener("click", () => draw(figure, figure.dataset.chart, button));
  figure.querySelector(".act").append(button);
}

for (const part of document.querySelectorAll("[data-filter]")) {
  const rows = [...part.querySelectorAll("tbody tr")];
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "search" });
  const shown = Object.assign(document.createElement("output"), { textContent: `${rows.length} of ${rows.length}` });
  label.className = "filter";
  label.append(part.dataset.filter, input, shown);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    shown.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  });
  part.prepend(label);
}
