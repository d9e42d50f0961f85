import { describe, expect, it } from '@jest/globals';
import { Meters } from '#platform/metrics';
import { RebuildMeter } from './rebuild-meter.js';

describe('the durations of a rebuild', () => {
  it('are counted stage by stage, each from its first word to that of the next', async () => {
    let now = 0;
    const meters = new Meters();
    const meter = new RebuildMeter(meters, () => now);
    const hear = (seconds: number, stage: 'snapshot' | 'shard' | 'publish', done: number, of: number) => {
      now = seconds * 1000;
      meter.hear({ rebuildId: 'rebuild-main-v1', stage, done, of });
    };
    hear(0, 'snapshot', 0, 2);
    hear(1, 'shard', 0, 2);
    hear(2, 'shard', 1, 2);
    hear(4, 'shard', 2, 2);
    hear(5, 'publish', 0, 1);
    hear(7, 'publish', 1, 1);
    await new Promise((next) => setImmediate(next));
    const text = await meters.text();
    const sumOf = (stage: string) =>
      new RegExp(`duration_seconds_sum\\{strategy="unknown",stage="${stage}"\\} (\\S+)`).exec(text)?.[1];
    expect(['snapshot', 'shard', 'publish'].map(sumOf)).toEqual(['1', '4', '2']);
  });
});
