import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiProcess } from './support/api-process.js';
import { eventually } from './support/portal/eventually.js';
import {
  interactionsOf,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
const folder = folders.next();
beforeAll(() => using(folder, (installation) => populate(installation)));
afterAll(() => folders.remove());

const WRITERS = 6;
const START = Date.UTC(2025, 5, 1) / 1000;

interface Acknowledged {
  readonly labels: Set<string>;
  readonly refusals: Set<string>;
}

/** Sends one interaction after the other until the server is gone. */
async function write(api: ApiProcess, token: string, writer: number, seen: Acknowledged): Promise<void> {
  for (let at = 0; ; at++) {
    const body = JSON.stringify({
      subject: PEOPLE[writer],
      item: `i${at % 30}`,
      type: 'play',
      time: START + at,
      value: 1,
      purpose: PURPOSE,
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    try {
      const answer = await fetch(`${api.url}/v1/interactions`, { method: 'POST', headers, body });
      const told = (await answer.json()) as { label?: string; code?: string };
      if (answer.ok) seen.labels.add(told.label!);
      else seen.refusals.add(`${answer.status} ${told.code}`);
    } catch {
      return; // it does not listen any more
    }
  }
}

/** Uploads NDJSON that does not end, and gives the lines of the answer. */
async function sendForEver(api: ApiProcess, token: string): Promise<{ readonly label?: string }[]> {
  const encoder = new TextEncoder();
  let at = 0;
  const lines = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((next) => setTimeout(next, 20));
      const piece = Array.from({ length: 100 }, () =>
        JSON.stringify({
          ...{
            subject: PEOPLE[WRITERS],
            item: `i${at % 30}`,
            type: 'view',
            time: START + at++,
            purpose: PURPOSE,
          },
        }),
      );
      controller.enqueue(encoder.encode(`${piece.join('\n')}\n`));
    },
  });
  const answer = await fetch(`${api.url}/v1/interactions/bulk`, {
    method: 'POST',
    duplex: 'half',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: lines,
  } as RequestInit);
  const reader = answer.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (
    let piece = await reader.read();
    !piece.done;
    piece = await reader.read().catch(() => ({ done: true as const, value: undefined }))
  )
    text += decoder.decode(piece.value, { stream: true });
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { label?: string });
}

async function ready(api: ApiProcess): Promise<unknown> {
  const answer = await fetch(`${api.url}/health/ready`, { headers: { connection: 'close' } });
  return [answer.status, await answer.json()];
}

describe('a server that is told to stop while people write', () => {
  const seen: Acknowledged = { labels: new Set(), refusals: new Set() };
  const upload: { readonly label?: string }[] = [];
  let api: ApiProcess;

  it('is ready before, and says nothing more', async () => {
    api = await ApiProcess.start({ folder, argv: ['--drain-notice', '3', '--drain-patience', '10'] });
    for (const until = Date.now() + 10_000; Date.now() < until;)
      if (((await ready(api)) as [number])[0] === 200) break;
    expect(await ready(api)).toEqual([200, { status: 'ready' }]);
  });

  it('is not ready first, refuses what is new, and ends well', async () => {
    const token = api.tokens.get('ingest')!;
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(api, token, writer, seen));
    const uploaded = sendForEver(api, token);
    await new Promise((next) => setTimeout(next, 1000));
    api.signal('SIGTERM');
    const told = await eventually('the server that is not ready', async () => {
      const answer = (await ready(api)) as [number, object];
      return answer[0] === 200 ? undefined : answer;
    });
    expect(told).toEqual([503, { status: 'not-ready', missing: ['SERVER_STOPPING'] }]);
    const live = await eventually(
      'an answer',
      () =>
        fetch(`${api.url}/health/live`).then(
          ({ status }) => status,
          () => undefined,
        ), // over a connection that it has just closed
    );
    expect(live).toBe(200);
    upload.push(...(await uploaded));
    await Promise.all(writers);
    expect(await api.ended()).toBe(0);
    expect([...seen.refusals]).toEqual(['503 SERVER_STOPPING']);
    expect(seen.labels.size).toBeGreaterThan(10);
  });

  it('ends a long upload with what it has recorded of it', () => {
    expect(upload.at(-1)).toMatchObject({ error: { code: 'SERVER_STOPPING' }, summary: { rejected: 0 } });
    const { summary } = upload.at(-1) as { summary: { recorded: number } };
    expect(summary.recorded).toBe(upload.length - 1);
    expect(summary.recorded).toBeGreaterThan(0);
  });

  it('has kept everything that it acknowledged', async () => {
    const stored = await using(folder, async ({ store }) => {
      const labels = new Set<string>();
      for await (const { data } of store.readAll({ filter: { types: ['InteractionRecorded'] } }))
        labels.add((data as { label: string }).label);
      return labels;
    });
    const uploaded = upload.flatMap(({ label }) => label ?? []);
    expect([...seen.labels, ...uploaded].filter((label) => !stored.has(label))).toEqual([]);
    expect(stored.size).toBe(interactionsOf().length + seen.labels.size + uploaded.length);
  });
});

describe('a second api with --standby', () => {
  it('waits while the first one works, and takes over when that is killed', async () => {
    const first = await ApiProcess.start({ folder });
    const second = await ApiProcess.start({ folder, argv: ['--standby'], until: 'Lacuna stands by' });
    const answer = await fetch(`${second.url}/health/ready`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'standby', missing: ['SERVER_STANDBY'] },
    ]);
    first.signal('SIGKILL');
    await first.ended();
    await eventually('the second one to be ready', async () =>
      (await fetch(`${second.url}/health/ready`).catch(() => undefined))?.ok ? true : undefined,
    );
    expect(second.out).toContain('Lacuna listens');
    expect(await second.stop()).toBe(0);
  });
});
