import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isReachable } from '#libs/testkit';
import { packageRoot } from '#platform/build';

const SEED = '5eed';
const MINUTES = 240_000; // a minute on an idle machine

/** Runs one run of a scenario of tools/faults, over the built programs. */
function runOf(scenario: string, number: number): Promise<{ code: number | null; out: string }> {
  const main = path.join(packageRoot(), 'tools/faults/main.mjs');
  const argv = [main, '--seed', SEED, '--scenario', scenario, '--first', String(number), '--runs', '1'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out })));
}

describe('an installation whose processes are killed', () => {
  it.each([
    ['right after the keys of an erased person were destroyed', 'steps', 27],
    ['between two durable writes of a request', 'writes', 0],
    [
      'by nobody, while interactions arrive twice, out of order and over connections that are cut',
      'deliveries',
      0,
    ],
  ])(
    '%s keeps what it has promised',
    async (_, scenario, number) => {
      const { code, out } = await runOf(scenario, number);
      expect(out).toContain('0 failed');
      expect(code).toBe(0);
    },
    MINUTES,
  );
});

const hasServices = (await isReachable('PostgreSQL', 5432)) && (await isReachable('Redis', 6379));

(hasServices ? describe : describe.skip)('a scaled installation', () => {
  it(
    'whose queue is lost again and again keeps what it has promised',
    async () => {
      const { code, out } = await runOf('flush', 0);
      expect(out).toContain('0 failed');
      expect(code).toBe(0);
    },
    MINUTES,
  );
});
