import { describe, expect, it } from '@jest/globals';
import {
  Draws,
  erlangC,
  meanWait,
  meanWaitOfOne,
  sojournOfOne,
  Station,
  Timeline,
  type Queue,
} from './index.js';

const CUSTOMERS = 400_000;

/** Waits and sojourns of customers who come at random. @param service draws a service time */
function simulate(
  { arrivals, servers }: Pick<Queue, 'arrivals' | 'servers'>,
  service: (draws: Draws) => number,
) {
  const [comings, services] = [new Draws(7), new Draws(11)];
  const timeline = new Timeline();
  const station = new Station(timeline, servers);
  const waits: number[] = [];
  const sojourns: number[] = [];
  const come = (): void => {
    const seconds = service(services);
    station.serve(seconds, (waited) => {
      waits.push(waited);
      sojourns.push(waited + seconds);
    });
    if (waits.length < CUSTOMERS) timeline.after(comings.exponential(1 / arrivals), come);
  };
  timeline.after(comings.exponential(1 / arrivals), come);
  timeline.run();
  return { waits, sojourns };
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
/** The simulation has sampling error: at these loads the mean of so many customers stays within 4 % of its expectation. */
const isNear = (simulated: number, expected: number, share = 0.04) =>
  expect(Math.abs(simulated / expected - 1)).toBeLessThan(share);

describe('a simulated queue', () => {
  it.each([
    { arrivals: 0.5, service: 1, servers: 1 },
    { arrivals: 0.8, service: 1, servers: 1 },
    { arrivals: 1.5, service: 1, servers: 2 },
    { arrivals: 6, service: 0.8, servers: 6 },
    { arrivals: 12, service: 1, servers: 16 },
  ])('waits as Erlang C says: $arrivals arrivals a second, $servers servers', (queue) => {
    const { waits } = simulate(queue, (draws) => draws.exponential(queue.service));
    isNear(mean(waits), meanWait(queue));
    isNear(waits.filter((wait) => wait > 0).length / waits.length, erlangC(queue), 0.02);
  });

  it('has the quantiles of M/M/1', () => {
    const queue = { arrivals: 0.7, service: 1, servers: 1 };
    const { sojourns } = simulate(queue, (draws) => draws.exponential(1));
    const sorted = sojourns.toSorted((a, b) => a - b);
    for (const share of [0.5, 0.9, 0.99])
      isNear(sorted[Math.ceil(share * sorted.length) - 1], sojournOfOne(queue, share), 0.06);
  });

  it('waits as Pollaczek and Khinchine say when every service takes as long', () => {
    const queue = { arrivals: 0.8, service: 1 };
    isNear(mean(simulate({ ...queue, servers: 1 }, () => 1).waits), meanWaitOfOne(queue, 0));
  });
});

describe('the closed forms', () => {
  it('agree with tables and with each other', () => {
    expect(erlangC({ arrivals: 1, service: 1, servers: 2 })).toBeCloseTo(1 / 3, 12); // a load of 1 on 2 servers
    expect(erlangC({ arrivals: 0.6, service: 1, servers: 1 })).toBeCloseTo(0.6, 12); // M/M/1: the load
    const one = { arrivals: 0.6, service: 1 };
    expect(meanWait({ ...one, servers: 1 })).toBeCloseTo(meanWaitOfOne(one, 1), 12);
  });
});

describe('draws', () => {
  it('follow from the seed alone', () => {
    const first = (seed: number) =>
      Array.from(
        { length: 3 },
        (
          (draws) => () =>
            draws.below(1000)
        )(new Draws(seed)),
      );
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  it('have the mean and the spread that they should have', () => {
    const draws = new Draws(3);
    const drawn = Array.from({ length: 200_000 }, () => draws.exponential(5));
    isNear(mean(drawn), 5, 0.01);
    isNear(mean(drawn.map((one) => one * one)), 50, 0.02);
    isNear(mean(Array.from({ length: 200_000 }, () => draws.uniform())), 0.5, 0.01);
  });
});
