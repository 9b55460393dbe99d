// Lines on logarithmic axes as an SVG, for light and dark pages.

/**
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ name: string, className: "ours" | "rival", isDashed: boolean, points: readonly Point[] }} Line
 * @typedef {{ name: string, title: string, xTitle: string, lines: readonly Line[] }} Chart
 */

const width = 760;
const height = 380;
const plot = { left: 64, right: 560, top: 48, bottom: 320 };

const style = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; font-size: 14px; fill: #24292f }
  .grid { stroke: #d0d7de }
  .line { fill: none; stroke-width: 2 }
  .dashed { stroke-dasharray: 6 4 }
  .ours { stroke: #0969da } .ours-text { fill: #0969da } circle.ours { fill: #0969da }
  .rival { stroke: #bc4c00 } .rival-text { fill: #bc4c00 } circle.rival { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title { fill: #f0f6fc }
    .grid { stroke: #3d444d }
    .ours { stroke: #58a6ff } .ours-text { fill: #58a6ff } circle.ours { fill: #58a6ff }
    .rival { stroke: #f0883e } .rival-text { fill: #f0883e } circle.rival { fill: #f0883e }
  }
`;

/**
 * Both axes are logarithmic: what is large is hundreds of times what is small.
 *
 * @param {Chart} chart
 * @returns {string}
 */
export function drawChart({ name, title, xTitle, lines }) {
  const places = lines[0]?.points.map((point) => point.x) ?? [];
  const values = lines.flatMap(({ points }) => points.map((point) => point.y));
  const ticks = decades(Math.min(...values), Math.max(...values));
  const x = scale(places[0] ?? 1, places.at(-1) ?? 2, plot.left, plot.right);
  const y = scale(ticks[0] ?? 1, ticks.at(-1) ?? 2, plot.bottom, plot.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${name}</title><style>${style}</style>`,
    `<text class="title" x="0" y="18">${title}</text>`,
    ...ticks.map((tick) => drawTick(tick, y(tick))),
    ...places.map(
      (place) =>
        `<text x="${x(place)}" y="${plot.bottom + 20}" text-anchor="middle">${place.toLocaleString("en")}</text>`,
    ),
    `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 42}" text-anchor="middle">${xTitle}</text>`,
    ...lines.map((line) => drawLine(line, x, y)),
    drawLabels(lines, y),
    "</svg>\n",
  ].join("\n");
}

/**
 * @param {number} tick
 * @param {number} at
 */
function drawTick(tick, at) {
  return `<path class="grid" d="M${plot.left} ${at}H${plot.right}"/><text x="${plot.left - 8}" y="${at + 4}" text-anchor="end">${tick}</text>`;
}

/**
 * @param {Line} line
 * @param {(x: number) => number} x
 * @param {(y: number) => number} y
 */
function drawLine({ className, isDashed, points }, x, y) {
  const places = points.map((point) => `${x(point.x)} ${y(point.y)}`);
  const dots = points.map(
    (point) => `<circle class="${className}" cx="${x(point.x)}" cy="${y(point.y)}" r="3"/>`,
  );
  const dashed = isDashed ? " dashed" : "";
  return `<path class="line ${className}${dashed}" d="M${places.join("L")}"/>${dots.join("")}`;
}

/**
 * Beside the lines' ends, moved apart where these meet.
 *
 * @param {readonly Line[]} lines
 * @param {(y: number) => number} y
 */
function drawLabels(lines, y) {
  const labels = lines
    .flatMap(({ name, className, points }) => {
      const last = points.at(-1);
      return last === undefined ? [] : [{ className, name, value: last.y, at: y(last.y) }];
    })
    .sort((one, other) => one.at - other.at);
  let free = plot.top - 12;
  return labels
    .map(({ className, name, value, at }) => {
      const place = Math.max(at + 4, free + 16);
      free = place;
      const figure = value.toFixed(value < 100 ? 1 : 0);
      return `<text class="${className}-text" x="${plot.right + 10}" y="${round(place)}">${name} ${figure}</text>`;
    })
    .join("\n");
}

/**
 * 1, 2, 5 times powers of ten around a range.
 *
 * @param {number} least
 * @param {number} most
 */
function decades(least, most) {
  const all = [-2, -1, 0, 1, 2, 3, 4, 5].flatMap((power) =>
    [1, 2, 5].map((digit) => Number((digit * 10 ** power).toPrecision(1))),
  );
  const from = Math.max(
    0,
    all.findLastIndex((tick) => tick <= least),
  );
  const to = all.findIndex((tick) => tick >= most);
  return all.slice(from, to < 0 ? all.length : to + 1);
}

/**
 * @param {number} fromValue
 * @param {number} toValue
 * @param {number} from
 * @param {number} to
 * @returns {(value: number) => number}
 */
function scale(fromValue, toValue, from, to) {
  const span = Math.log(toValue / fromValue);
  return (value) => round(from + (Math.log(value / fromValue) / span) * (to - from));
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
