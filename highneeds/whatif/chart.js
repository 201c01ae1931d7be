// The chart, drawn anew at the width there is, so that its text keeps its size.

const SVG = "http://www.w3.org/2000/svg";
const CHARTS = {
  balance: "Balance at 31 March",
  in_year: "In-year balance",
  spending: "Spending",
  plans: "EHC plans in January",
};

function drawn(tag, values, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Round steps of an axis that holds low to high. */
function ticks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.floor(low / step) * step; at <= high + step * 1e-9; at += step) found.push(tidy(at));
  if (found[found.length - 1] < high) found.push(tidy(found[found.length - 1] + step));
  return found;
}

function drawChart(now, opened) {
  const measure = find("chart-of").value;
  const holder = find("chart");
  const width = Math.max(holder.clientWidth, 280);
  const height = width < 500 ? 250 : 290;
  const show = shownAs(measure);
  const [values, before] = [now[measure], opened[measure]];
  const bands = now.bands[measure].map((band, step) => band ?? [values[step], values[step]]);
  const all = [...values, ...before, ...bands.flat()].filter(Number.isFinite);
  const scale = ticks(Math.min(0, ...all), Math.max(0, ...all));
  const decimals = scale[1] - scale[0] < 1e6 ? 1 : 0;
  const short = (value) => (measure === "plans" ? count(value) : signed(value / 1e6, decimals, "£", "m"));
  const left = 12 + 7.5 * Math.max(...scale.map((value) => short(value).length));
  const [top, right, bottom] = [14, 16, 34];
  const across = (step) => left + ((width - left - right) * step) / Math.max(values.length - 1, 1);
  const [least, most] = [scale[0], scale[scale.length - 1]];
  const up = (value) => top + ((most - value) / (most - least)) * (height - top - bottom);
  const points = (list) => list.map((value, step) => `${across(step).toFixed(1)},${up(value).toFixed(1)}`).join(" ");
  const name = (step) => (measure === "plans" ? String(START.census + step) : measure === "balance" ? String(START.years[step]) : label(START.years[step]));
  const picture = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  const words = values.map((value, step) => `${name(step)}: ${show(value)}, about ${rangeOf(bands[step], show)}`).join("; ");
  picture.setAttribute("aria-label", `${CHARTS[measure]} in the central case. ${words}.`);
  for (const value of scale) {
    picture.append(drawn("line", { x1: left, x2: width - right, y1: up(value), y2: up(value), class: value === 0 ? "zero" : "grid" }));
    picture.append(drawn("text", { x: left - 8, y: up(value) + 4, class: "end" }, short(value)));
  }
  const every = (width - left - right) / values.length < 50 ? 2 : 1;
  values.forEach((_, step) => {
    if ((values.length - 1 - step) % every) return;
    picture.append(drawn("text", { x: across(step), y: height - 12, class: step === values.length - 1 ? "end" : "middle" }, name(step)));
  });
  const high = bands.map((band) => band[1]);
  const low = bands.map((band) => band[0]);
  const back = [...low.keys()].reverse().map((step) => `${across(step).toFixed(1)},${up(low[step]).toFixed(1)}`);
  picture.append(drawn("polygon", { points: `${points(high)} ${back.join(" ")}`, class: "band" }));
  picture.append(drawn("polyline", { points: points(before), class: "before" }));
  picture.append(drawn("polyline", { points: points(values), class: "now" }));
  values.forEach((value, step) => picture.append(drawn("circle", { cx: across(step), cy: up(value), r: 3.5, class: "dot" })));
  holder.replaceChildren(picture);
}
