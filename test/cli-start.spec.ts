import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { packageRoot } from '#platform/build';
import { expectRefusal, lacuna, type Ended } from './support/lacuna-process.js';
import { TemporaryFolders } from './support/small-installation.js';

const MINUTE = 60_000;
const folders = new TemporaryFolders();
afterAll(() => folders.remove());

const HTTP = ['@nestjs/common', '@nestjs/core', '@nestjs/swagger', 'class-validator', 'express'];
const OTHER_MACHINES = [
  'bullmq',
  'ioredis',
  '@eventstore/db-client',
  '@grpc/grpc-js',
  '@aws-sdk/client-s3',
  'jose',
  'openid-client',
];
const READ_MODELS = ['typeorm', 'better-sqlite3'];
const SERVERS = ['pino', 'prom-client', '@opentelemetry/sdk-trace-node'];

interface Loaded {
  readonly ended: Ended;
  /** Files of this program that V8 has run, from dist/ on. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

/** Runs `lacuna` and asks V8 what it has run: its coverage names every script, however it was imported. */
async function loadedBy(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Loaded> {
  const folder = folders.next();
  const ended = await lacuna(argv, { ...env, NODE_V8_COVERAGE: folder });
  const scripts = readdirSync(folder).flatMap(
    (name) =>
      (JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as { result: { url: string }[] }).result,
  );
  const names = scripts
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => fileURLToPath(url).split(path.sep).join('/'));
  const packages = names.flatMap((name) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? []);
  return {
    ended,
    files: names.flatMap((name) => /\/(dist\/(?:apps|src|libs)\/.+)$/.exec(name)?.[1] ?? []),
    packages: [...new Set(packages)],
  };
}

const among = (packages: readonly string[], named: readonly string[]): string[] =>
  named.filter((name) => packages.includes(name));

describe('what a command loads', () => {
  it('is looked for under the names that packages have', () => {
    for (const name of [...HTTP, ...OTHER_MACHINES, ...READ_MODELS, ...SERVERS])
      expect([name, existsSync(path.join(packageRoot(), 'node_modules', name))]).toEqual([name, true]);
  });

  it.each<[string, readonly string[], (ended: Ended) => void]>([
    [
      '--help',
      ['--help'],
      ({ exitCode, out }) => expect([exitCode, out]).toEqual([0, expect.stringContaining('requests')]),
    ],
    ['the help of a command', ['lines', 'start', '--help'], ({ exitCode }) => expect(exitCode).toBe(0)],
    ['an option that does not exist', ['requests', '--opne'], ({ err }) => expect(err).toContain('--open')],
    [
      'an argument that is malformed',
      ['lines', 'start', 'Not_A_Name'],
      ({ err }) => expect(err).toContain('lower-case'),
    ],
    [
      'a confirmation that is missing',
      ['erase', 'somebody'],
      (ended) => expectRefusal(ended, 'CONFIRMATION_MISSING'),
    ],
  ])(
    'is neither a stage nor a framework nor a client for %s',
    async (_, argv, expectEnd) => {
      const { ended, files, packages } = await loadedBy(argv);
      expectEnd(ended);
      expect(files).toContain('dist/apps/cli/main.js');
      expect(packages).toContain('commander');
      expect(files.filter((file) => /^dist\/(src\/(?!platform\/)|apps\/(?!cli\/))/.test(file))).toEqual([]);
      expect(among(packages, [...HTTP, ...OTHER_MACHINES, ...READ_MODELS, ...SERVERS])).toEqual([]);
    },
    MINUTE,
  );

  it(
    'is no HTTP and no client of another machine for a data folder alone',
    async () => {
      const { ended, files, packages } = await loadedBy(['--data-folder', folders.next(), 'status']);
      expect(ended.exitCode).toBe(0);
      expect(among(packages, READ_MODELS)).toEqual(READ_MODELS);
      expect(among(packages, [...HTTP, ...OTHER_MACHINES, ...SERVERS])).toEqual([]);
      expect(files.filter((file) => file.includes('/http/'))).toEqual([]);
    },
    MINUTE,
  );

  it.each([
    ['LACUNA_REDIS_URL', 'redis://127.0.0.1:1', ['bullmq', 'ioredis'], 'QUEUE_UNREACHABLE'],
    [
      'LACUNA_EVENTSTORE_URL',
      'nowhere',
      ['@eventstore/db-client', '@grpc/grpc-js'],
      'STORE_ADDRESS_MALFORMED',
    ],
  ])(
    'is the client of the machine that %s names',
    async (variable, address, clients, refusal) => {
      const { ended, packages } = await loadedBy(['--data-folder', folders.next(), 'status'], {
        [variable]: address,
      });
      expectRefusal(ended, refusal);
      expect(among(packages, OTHER_MACHINES)).toEqual(clients);
    },
    MINUTE,
  );
});
