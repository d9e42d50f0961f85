/** A point with the interval of its height. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  /** Stands beside the mark. */
  readonly note?: string;
}

export interface Series {
  readonly name: string;
  /** Joined in this order. */
  readonly points: readonly Point[];
}

export interface Plot {
  readonly title: string;
  /** Of which data; smaller, below the title. */
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** How x is spread: by its value, or by its logarithm, with a tick at each value that occurs. */
  readonly xScale: 'linear' | 'log';
  readonly series: readonly Series[];
}

const WIDTH = 720;
const LEGEND_LINE = 20;
const FRAME = { left: 76, right: 24, top: 68, bottom: 72, height: 300 };
const INNER_WIDTH = WIDTH - FRAME.left - FRAME.right;
const TICKS = 5;
const MARGIN = 0.06; // of the range, so that no point lies on the frame
const CAP = 4;
const ASIDE = 7; // between series that have a point at the same x

/** Okabe & Ito (2008): eight colours that people with any colour vision tell apart; black and yellow, poor on one background, left out. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
const SHAPES = ['circle', 'square', 'diamond'] as const;

/** Ink and paper change together with the reader's colour scheme. */
const STYLE = `svg{color:#1f2328;font:13px system-ui,sans-serif}.page{fill:#fff}
@media (prefers-color-scheme:dark){svg{color:#e6edf3}.page{fill:#0d1117}}
text{fill:currentColor}.note{font-size:11px}.axis{stroke:currentColor;fill:none}.grid{stroke:currentColor;stroke-opacity:.15}
.line{fill:none;stroke-width:2}.bar{stroke-width:1.5}.title{font-size:16px;font-weight:600}`;

/**
 * Draws lines of points with their intervals as an SVG document: axes, labels, a legend, in light and dark. A pure function of the
 * plot: the same figures give the same file.
 *
 * @example
 * writeFileSync('utility.svg', svgOf({ title, xLabel: 'shards', yLabel: 'NDCG@10', xScale: 'log', series }));
 */
export function svgOf(plot: Plot): string {
  const scales = scalesOf(plot);
  const height = FRAME.top + FRAME.height + FRAME.bottom + LEGEND_LINE * plot.series.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(plot.title)}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="page" width="100%" height="100%"/>',
    `<text class="title" x="${FRAME.left}" y="26">${escaped(plot.title)}</text>`,
    `<text x="${FRAME.left}" y="46">${escaped(plot.subtitle)}</text>`,
    ...axesOf(plot, scales),
    ...plot.series.flatMap((series, at) => seriesOf(series, at, aside(scales, plot, at))),
    ...legendOf(plot.series),
    '</svg>',
    '',
  ].join('\n');
}

/** From values to pixels, and the values that get a tick. */
interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

function scalesOf({ series, xScale }: Plot): Scales {
  const points = series.flatMap((one) => one.points);
  const xs = points.map(({ x }) => x);
  const across = { from: FRAME.left, to: FRAME.left + INNER_WIDTH };
  const up = { from: FRAME.top + FRAME.height, to: FRAME.top };
  const x = xScale === 'log' ? logScale(xs, across) : linearScale([0, ...xs], across);
  return {
    x,
    y: linearScale(
      points.flatMap(({ low, high, y }) => [low, high, y]),
      up,
    ),
  };
}

interface Pixels {
  readonly from: number;
  readonly to: number;
}

type Range = readonly [low: number, high: number];

/** Where nothing is below 0, the axis does not go there. */
function linearScale(values: readonly number[], pixels: Pixels): Scale {
  const [low, high] = widened(values);
  const range: Range = values.every((value) => value >= 0) ? [Math.max(0, low), high] : [low, high];
  return { ticks: niceTicks(range), at: (value) => pixelOf(value, range, pixels) };
}

function logScale(values: readonly number[], pixels: Pixels): Scale {
  const range = widened(values.map(Math.log2));
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  return { ticks, at: (value) => pixelOf(Math.log2(value), range, pixels) };
}

function pixelOf(value: number, [low, high]: Range, { from, to }: Pixels): number {
  return from + ((value - low) / (high - low)) * (to - from);
}

/** A range with some air; a single value gets a range of its own. */
function widened(values: readonly number[]): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = high > low ? (high - low) * MARGIN : (Math.abs(low) || 1) / 2;
  return [low - air, high + air];
}

/** About five round values within a range: multiples of 1, 2 or 5 times a power of ten. */
function niceTicks([low, high]: Range): number[] {
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

/** The scales of one series: where x is a number of shards, series that have a point there stand a little beside each other. */
function aside({ x, y }: Scales, { xScale, series }: Plot, order: number): Scales {
  if (xScale === 'linear') return { x, y };
  const shiftAt = (value: number): number => {
    const there = series.filter(({ points }) => points.some((point) => point.x === value));
    return ASIDE * (there.indexOf(series[order]) - (there.length - 1) / 2);
  };
  return { x: { ...x, at: (value) => x.at(value) + shiftAt(value) }, y };
}

function axesOf({ xLabel, yLabel }: Plot, { x, y }: Scales): string[] {
  const bottom = FRAME.top + FRAME.height;
  const right = FRAME.left + INNER_WIDTH;
  const middle = FRAME.top + FRAME.height / 2;
  return [
    ...y.ticks.flatMap((value) => [
      `<path class="grid" d="M${FRAME.left} ${px(y.at(value))}H${right}"/>`,
      `<text x="${FRAME.left - 8}" y="${px(y.at(value) + 4)}" text-anchor="end">${label(value, y.ticks)}</text>`,
    ]),
    ...x.ticks.flatMap((value) => [
      `<path class="axis" d="M${px(x.at(value))} ${bottom}v5"/>`,
      `<text x="${px(x.at(value))}" y="${bottom + 20}" text-anchor="middle">${label(value, x.ticks)}</text>`,
    ]),
    `<path class="axis" d="M${FRAME.left} ${FRAME.top}V${bottom}H${right}"/>`,
    `<text x="${px(FRAME.left + INNER_WIDTH / 2)}" y="${bottom + 42}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text x="18" y="${px(middle)}" text-anchor="middle" transform="rotate(-90 18 ${px(middle)})">${escaped(yLabel)}</text>`,
  ];
}

function seriesOf({ points }: Series, order: number, { x, y }: Scales): string[] {
  const colour = colourOf(order);
  const path = points.map((point) => `${px(x.at(point.x))} ${px(y.at(point.y))}`).join('L');
  return [
    ...(points.length > 1 ? [`<path class="line" stroke="${colour}" d="M${path}"/>`] : []),
    ...points.map((point) => intervalOf(point, colour, { x, y })),
    ...points.map((point) => markOf(x.at(point.x), y.at(point.y), order)),
    ...points.flatMap((point) => noteOf(point, { x, y })),
  ];
}

function intervalOf({ x: at, low, high }: Point, colour: string, { x, y }: Scales): string {
  const [left, right] = [px(x.at(at) - CAP), px(x.at(at) + CAP)];
  const [top, bottom] = [px(y.at(high)), px(y.at(low))];
  const path = `M${left} ${top}H${right}M${left} ${bottom}H${right}M${px(x.at(at))} ${top}V${bottom}`;
  return `<path class="bar" stroke="${colour}" d="${path}"/>`;
}

function noteOf({ x: at, y: height, note }: Point, { x, y }: Scales): string[] {
  if (note === undefined) return [];
  return [`<text class="note" x="${px(x.at(at) + 7)}" y="${px(y.at(height) - 7)}">${escaped(note)}</text>`];
}

/** Shape and colour change together, so that a print without colours can be read; no two of eighteen series share both. */
function markOf(x: number, y: number, order: number): string {
  const fill = `fill="${colourOf(order)}"`;
  const shape = SHAPES[(order + Math.floor(order / COLOURS.length)) % SHAPES.length];
  switch (shape) {
    case 'circle':
      return `<circle cx="${px(x)}" cy="${px(y)}" r="5" ${fill}/>`;
    case 'square':
      return `<path d="M${px(x - 4.5)} ${px(y - 4.5)}h9v9h-9z" ${fill}/>`;
    case 'diamond':
      return `<path d="M${px(x)} ${px(y - 6)}l6 6l-6 6l-6 -6z" ${fill}/>`;
  }
}

function legendOf(series: readonly Series[]): string[] {
  const top = FRAME.top + FRAME.height + FRAME.bottom;
  return series.flatMap(({ name }, order) => {
    const y = top + LEGEND_LINE * order;
    return [
      markOf(FRAME.left + 6, y - 4, order),
      `<text x="${FRAME.left + 20}" y="${y}">${escaped(name)}</text>`,
    ];
  });
}

const colourOf = (order: number): string => COLOURS[order % COLOURS.length];

/** Tenths of a pixel. */
const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Four digits, without the dust of binary fractions; as many behind the point as any tick of the axis has. */
function label(value: number, ticks: readonly number[]): string {
  const digits = ticks.map((tick) => String(Number(tick.toPrecision(4))).split('.')[1]?.length ?? 0);
  return value.toFixed(Math.max(...digits));
}

/** Names come from the command line and the data. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
