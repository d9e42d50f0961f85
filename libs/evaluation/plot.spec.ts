import { describe, expect, it } from '@jest/globals';
import { svgOf, type Plot } from './index.js';

const plot: Plot = {
  title: 'Utility & <cost>',
  subtitle: 'ml-1m',
  xLabel: 'shards',
  yLabel: 'NDCG@10',
  xScale: 'log',
  series: [
    {
      name: 'sisa',
      points: [
        { x: 1, y: 0.2, low: 0.18, high: 0.22 },
        { x: 4, y: 0.1, low: 0.09, high: 0.11 },
        { x: 16, y: 0.05, low: 0.04, high: 0.06 },
      ],
    },
    { name: 'retrain', points: [{ x: 1, y: 0.2, low: 0.19, high: 0.21 }] },
  ],
};
const circles = (svg: string): number[][] =>
  [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);

describe('a plot', () => {
  const svg = svgOf(plot);

  it('puts equal ratios of shards at equal distances, and greater values higher', () => {
    const [one, four, sixteen] = circles(svgOf({ ...plot, series: [plot.series[0]] }));
    expect(four[0] - one[0]).toBeCloseTo(sixteen[0] - four[0], 0);
    expect(one[1]).toBeLessThan(four[1]);
    expect((four[1] - one[1]) / (sixteen[1] - four[1])).toBeCloseTo(2, 1);
  });

  it('marks its axes, each number of shards that occurs, the intervals, and names its series', () => {
    for (const text of [
      '>ml-1m<',
      '>shards<',
      '>NDCG@10<',
      '>1<',
      '>4<',
      '>16<',
      '>sisa<',
      '>retrain<',
      '>0.05<',
      '>0.10<',
      '>0.20<',
    ])
      expect(svg).toContain(text);
    expect(svg.match(/class="bar"/g)).toHaveLength(4);
    expect(svg.match(/class="line"/g)).toHaveLength(1); // one point is no line
  });

  it('draws nothing outside of its frame', () => {
    for (const [x, y] of circles(svg).slice(0, 3)) {
      // the fourth is the legend's
      expect(x).toBeGreaterThan(76);
      expect(x).toBeLessThan(696);
      expect(y).toBeGreaterThan(68);
      expect(y).toBeLessThan(368);
    }
  });

  it('puts series beside each other where they have the same number of shards', () => {
    const [[one]] = circles(svg);
    const square = Number(/<path d="M([\d.]+) [\d.]+h9v9h-9z"/.exec(svg)![1]) + 4.5;
    expect(square - one).toBe(7);
  });

  it('puts a series that is alone at a number of shards above its tick', () => {
    const [, four] = circles(svg);
    const tick = /text x="([\d.]+)" y="388" text-anchor="middle">4</.exec(svg)![1];
    expect(four[0]).toBe(Number(tick));
  });

  it('writes beside a mark what it is told to', () => {
    const noted = { ...plot.series[1], points: [{ ...plot.series[1].points[0], note: '8 < 16' }] };
    expect(svgOf({ ...plot, series: [noted] })).toMatch(
      /<text class="note" x="[\d.]+" y="[\d.]+">8 &lt; 16<\/text>/,
    );
    expect(svg).not.toContain('class="note"');
  });

  it('gives each of many series a mark of its own', () => {
    const series = Array.from({ length: 12 }, (_, at) => ({ ...plot.series[1], name: `line ${at}` }));
    const marks = [
      ...svgOf({ ...plot, series }).matchAll(/<(circle|path d="M[\d. ]+[hl]).*? fill="(#\w+)"/g),
    ];
    const kinds = marks.map(([, shape, colour]) => `${shape.slice(-1)} ${colour}`);
    expect(new Set(kinds).size).toBe(12);
  });

  it('can be read in light and in dark, and takes names as text', () => {
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).toContain('Utility &amp; &lt;cost&gt;');
    expect(svg).not.toContain('<cost>');
  });

  it('of one single value has a range, too', () => {
    const single = {
      ...plot,
      xScale: 'linear' as const,
      series: [{ name: 'a', points: [{ x: 0, y: 0, low: 0, high: 0 }] }],
    };
    expect(svgOf(single)).not.toContain('NaN');
  });

  it('is the same each time', () => {
    expect(svgOf(plot)).toBe(svg);
  });
});
