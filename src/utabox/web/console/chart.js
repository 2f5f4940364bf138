// Pictures in SVG: lines over time, bars. Each says in words what it shows.

import { h, svg } from "./dom.js";

const WIDTH = 440;
const HEIGHT = 190;
const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;

/** Round numbers that cut a range into about so many parts. */
export function ticks(low, high, about = 4) {
  if (!(high > low)) return [low];
  const raw = (high - low) / about;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * size).find((n) => n >= raw);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

function frame(label, ...inside) {
  return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, ...inside);
}

function grid(low, high, y, written) {
  return ticks(low, high).map((at) => svg("g", null,
    svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(at), y2: y(at) }),
    svg("text", { class: "tick", x: LEFT - 8, y: y(at) + 4, "text-anchor": "end" }, written(at))));
}

/**
 * Lines over an axis. Each of `lines` is {name, kind, points: [[x, y], ...]}, the x rising.
 * Steps: a value holds until the next one.
 */
export function lineChart({ label, lines, x: writeX, y: writeY, steps = false, fromZero = false }) {
  const all = lines.flatMap(({ points }) => points);
  if (all.length < 2) return null;
  const xs = all.map(([x]) => x);
  const ys = all.map(([, y]) => y);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  let [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  if (fromZero) y0 = Math.min(0, y0);
  if (y0 === y1) { const pad = Math.abs(y0) * 0.05 || 1; y1 += pad; if (!fromZero || y0) y0 -= fromZero ? 0 : pad; }
  else { const pad = (y1 - y0) * 0.06; y1 += pad; if (!fromZero) y0 -= pad; }
  const x = (at) => LEFT + ((at - x0) / (x1 - x0 || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (at) => HEIGHT - BOTTOM - ((at - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const path = (points) => points.map(([px, py], i) => {
    const to = `${x(px).toFixed(1)} ${y(py).toFixed(1)}`;
    if (!i) return `M${to}`;
    return steps ? `H${x(px).toFixed(1)}V${y(py).toFixed(1)}` : `L${to}`;
  }).join("");
  const area = ({ points }) => `${path(points)}V${HEIGHT - BOTTOM}H${x(points[0][0]).toFixed(1)}Z`;
  const ends = [[x0, "start"], [x1, "end"]];
  return frame(label,
    ...grid(y0, y1, y, writeY),
    lines.length === 1 && svg("path", { class: "area", d: area(lines[0]) }),
    ...lines.map((line) => svg("path", { class: `line ${line.kind ?? ""}`, d: path(line.points) })),
    ...lines.map((line) => {
      const [px, py] = line.points[line.points.length - 1];
      return svg("circle", { class: `dot ${line.kind ?? ""}`, cx: x(px), cy: y(py), r: 3 });
    }),
    ...ends.map(([at, anchor]) => svg("text", { class: "tick", x: x(at), y: HEIGHT - 8, "text-anchor": anchor }, writeX(at))));
}

/** Upright bars: [[name, value, hint], ...]; every so many names is written. */
export function barChart({ label, bars, y: writeY, every = 1, kind = "" }) {
  const most = Math.max(1, ...bars.map(([, value]) => value));
  const wide = (WIDTH - LEFT - RIGHT) / bars.length;
  const y = (at) => HEIGHT - BOTTOM - (at / (most * 1.06)) * (HEIGHT - TOP - BOTTOM);
  return frame(label,
    ...grid(0, most, y, writeY),
    ...bars.map(([name, value, hint], i) => svg("rect", {
      class: `bar ${kind}`, x: (LEFT + i * wide + Math.min(2, wide * 0.1)).toFixed(1), width: Math.max(1, wide - Math.min(4, wide * 0.2)).toFixed(1),
      y: y(value).toFixed(1), height: Math.max(0, HEIGHT - BOTTOM - y(value)).toFixed(1), rx: wide > 8 ? 2 : 0,
    }, svg("title", null, hint ?? `${name}: ${value}`))),
    ...bars.map(([name], i) => (i % every === 0) && svg("text", {
      class: "tick", x: LEFT + (i + 0.5) * wide, y: HEIGHT - 8, "text-anchor": "middle" }, name)));
}

/** Lying bars with their names and numbers: [[name, value, written, onclick], ...]. */
export function ranking(rows, kind = "") {
  const most = Math.max(1e-12, ...rows.map(([, value]) => Math.abs(value)));
  return h("ul", { class: "ranking" }, rows.map(([name, value, written, chosen]) => {
    const bar = svg("svg", { class: "ranking-bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: "ranking-back", width: 100, height: 6 }),
      svg("rect", { class: `bar ${kind}`, width: Math.max(0.5, (Math.abs(value) / most) * 100), height: 6 }));
    const head = h("div", { class: "ranking-head" }, h("span", { class: "ranking-name" }, name), h("span", { class: "mono" }, written));
    return h("li", null, chosen ? h("button", { class: "ranking-row", type: "button", onclick: chosen }, head, bar)
      : h("div", { class: "ranking-row" }, head, bar));
  }));
}

export function legend(lines) {
  return h("div", { class: "legend" }, lines.map(({ name, kind }) => h("span", null, h("i", { class: `swatch ${kind ?? ""}` }), name)));
}
