import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SmtpServer } from '#libs/testkit';
import type { Role } from '#platform/callers';
import { openTokens } from '../apps/api/tokens-file.js';
import { ApiProcess, freePort } from './support/api-process.js';
import { HttpClient } from './support/http-client.js';
import { inFolder, lacuna, type Ended } from './support/lacuna-process.js';
import { Mark } from './support/marks.js';
import { OtlpReceiver } from './support/otlp-receiver.js';
import { eventually } from './support/portal/eventually.js';
import {
  interactionsOf,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  using,
} from './support/small-installation.js';
import { Visitor } from './support/visitor.js';

/*
 * One story over the built programs: values that nobody else could have written go in through every door, people withdraw and are
 * erased, things go wrong; then all that came out is searched for them.
 */

const PERSONAL = new Mark('zq7xpersonword');
const SECRET = new Mark('kv3ysecretword');
const STAFF = new Mark('wj9tstaffsname');
const ANA = `ana-${PERSONAL.word}-id`;
const BEN = `ben-${PERSONAL.word}-id`;
const MAIL = `${PERSONAL.word}@markers.example`;
const WITHDRAWAL = '7f1d9b1e-0000-4000-8000-0000000000c1';
const ERASURE = '7f1d9b1e-0000-4000-8000-0000000000c2';
const NDJSON = 'application/x-ndjson';

const folders = new TemporaryFolders();
const folder = folders.next();
const files = folders.next();
const smtp = new SmtpServer();
/** Answers that refuse something: status, headers, body. */
const refusals: string[] = [];
let tokens: ReadonlyMap<Role, string>;
let receiver: OtlpReceiver;
let api: ApiProcess;
let env: Record<string, string>;
let metrics = '';

beforeAll(async () => {
  mkdirSync(files, { recursive: true });
  await using(folder, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
    tokens = new Map((await openTokens(folder)).minted.map(({ role, token }) => [role, token]));
  });
  receiver = await OtlpReceiver.listen();
  const mailPort = await smtp.listen();
  const metricsPort = await freePort();
  env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_BSP_SCHEDULE_DELAY: '200',
    LACUNA_SMTP_URL: `smtp://127.0.0.1:${mailPort}`,
    LACUNA_METRICS_PORT: String(metricsPort),
    LACUNA_LOG_LEVEL: 'trace',
  };
  api = await ApiProcess.start({ folder, env });
}, 60_000);
afterAll(async () => {
  await api.stop();
  receiver.close();
  smtp.close();
  folders.remove();
});

interface Sent {
  readonly role?: Role;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(method: string, route: string, { role, body, headers }: Sent = {}): Promise<Response> {
  const response = await fetch(api.url + route, {
    method,
    headers: {
      ...(role && { authorization: `Bearer ${tokens.get(role)}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
  });
  if (response.status >= 400) {
    response.headers.forEach((value, name) => refusals.push(`${name}: ${value}`));
    refusals.push(`${response.status} ${await response.clone().text()}`);
  }
  return response;
}

async function closed(requestId: string): Promise<string | undefined> {
  const state = (await (await call('GET', `/v1/requests/${requestId}`, { role: 'dpo' })).json()) as {
    status: string;
  };
  return state.status === 'closed' ? state.status : undefined;
}

const interaction = (subject: string, at: number, type = `${PERSONAL.word}type`) => ({
  ...{ subject, item: `i${at}`, type, time: 1_750_000_000 + at, value: 1, purpose: PURPOSE },
});

const consent = (subject: string) => ({
  ...{ subject, purpose: PURPOSE, method: 'web-form', evidenceReference: `urn:${PERSONAL.word}:evidence` },
});

describe('what people and their data are', () => {
  it('goes in by HTTP', async () => {
    for (const subject of [ANA, BEN])
      expect((await call('POST', '/v1/consents', { role: 'ingest', body: consent(subject) })).status).toBe(
        200,
      );
    const alias = { role: 'ingest', body: { alias: MAIL } } as const;
    expect((await call('POST', `/v1/subjects/${ANA}/aliases`, alias)).status).toBe(204);
    const one = { role: 'ingest', body: interaction(ANA, 0) } as const;
    expect((await call('POST', '/v1/interactions', one)).status).toBe(201);
    const lines = [
      ...Array.from({ length: 20 }, (_, at) => interaction(at < 10 ? ANA : BEN, at + 1)),
      { ...interaction(ANA, 1), [`${PERSONAL.word}field`]: 1 },
      { ...interaction(ANA, 1), item: `${PERSONAL.word}item` },
      { ...interaction(ANA, 1), time: PERSONAL.word },
    ];
    const bulk = [...lines.map((line) => JSON.stringify(line)), `{"${PERSONAL.word}`].join('\n');
    const headers = { 'content-type': NDJSON };
    const answer = await call('POST', '/v1/interactions/bulk', { role: 'ingest', body: bulk, headers });
    const text = await answer.text();
    expect(text).toContain('"recorded":20,"duplicate":0,"rejected":4');
    expect(PERSONAL.isIn(text)).toBe(false);
  });

  it('goes in by the portal, with a code that is mailed', async () => {
    const visitor = new Visitor(api.url);
    const asked = await visitor.enter('/v1/identity/challenges', { address: MAIL, locale: 'en' });
    const { challengeId } = asked.body as { challengeId: string };
    const code = await eventually(
      'a mail with a code',
      () => /\b\d{4} \d{4}\b/.exec(smtp.heard.join('\n'))?.[0],
    );
    const { status } = await visitor.enter(`/v1/identity/challenges/${challengeId}/answer`, { code });
    expect(status).toBe(200);
    const statement = `${PERSONAL.word} is misspelt`;
    const filed = await visitor.post('/v1/me/requests', { kind: 'rectification', statement });
    expect(filed.status).toBe(202);
    const refused = await visitor.post('/v1/me/requests', { kind: 'withdrawal', statement });
    refusals.push(JSON.stringify(refused.body));
    expect(refused.status).toBe(400);
  });

  it('is refused in every way in which it can be wrong', async () => {
    const odd = encodeURIComponent(`${PERSONAL.word}@x`);
    for (const [method, route, sent] of [
      ['GET', `/v1/nowhere/${odd}?${PERSONAL.word}=1`, {}],
      ['GET', `/v1/recommendations/${odd}`, { role: 'serve' }],
      ['GET', `/v1/recommendations/${odd}?k=${PERSONAL.word}`, { role: 'serve' }],
      ['GET', `/v1/subjects/${odd}/records`, { role: 'dpo' }],
      ['GET', `/v1/subjects/%E0%A4%A${PERSONAL.word}/records`, { role: 'dpo' }],
      ['GET', `/v1/requests/${odd}`, { role: 'dpo' }],
      ['GET', `/v1/requests?search=${odd}`, { role: 'dpo' }],
      ['POST', '/v1/requests/erasures', { role: 'dpo', body: { subject: `${PERSONAL.word}-nobody` } }],
      ['POST', '/v1/requests/erasures', { role: 'dpo', body: { subject: { [PERSONAL.word]: 1 } } }],
      ['POST', '/v1/interactions', { role: 'ingest', body: `{"subject":"${PERSONAL.word}` }],
      ['POST', '/v1/interactions', { role: 'ingest', body: { ...interaction(ANA, 1), [PERSONAL.word]: 1 } }],
      ['POST', '/v1/interactions', { role: 'ingest', body: { ...interaction(ANA, 1), time: PERSONAL.word } }],
      [
        'POST',
        '/v1/interactions',
        { body: interaction(ANA, 1), headers: { authorization: `Bearer ${SECRET.word}` } },
      ],
      ['POST', '/v1/session/login', { body: { user: PERSONAL.word, password: SECRET.word } }],
      ['POST', '/v1/session/setup', { body: { token: SECRET.word, user: 'someone', password: SECRET.word } }],
      ['POST', '/v1/identity/links', { body: { token: SECRET.word } }],
      ['POST', '/v1/identity/host-token', { body: { token: SECRET.word } }],
      [
        'POST',
        '/v1/recipients',
        {
          role: 'dpo',
          body: { name: 'x', url: `https://${PERSONAL.word}.invalid/${SECRET.word}`, signing: PERSONAL.word },
        },
      ],
      ['GET', '/v1/me', { headers: { cookie: `lacuna-session=${SECRET.word}` } }],
      ['POST', `/v1/staff`, { role: 'admin', body: { name: STAFF.word, roles: [PERSONAL.word] } }],
      ['DELETE', `/v1/recipients/${odd}`, { role: 'dpo' }],
      ['GET', `/v1/explorer/entries/${odd}`, { role: 'auditor' }],
      ['GET', `/ledger/tile/${odd}`, {}],
    ] as const)
      expect([route, (await call(method, route, sent)).status >= 400]).toEqual([route, true]);
  });

  it('is in staff’s hands', async () => {
    const invited = await call('POST', '/v1/staff', {
      role: 'admin',
      body: { name: STAFF.word, roles: ['dpo'] },
    });
    expect(invited.status).toBeLessThan(300);
  });

  it('is withdrawn in part, and erased', async () => {
    const asked = { subject: ANA, categories: ['Horror'], requestId: WITHDRAWAL };
    await call('POST', '/v1/requests/withdrawals', { role: 'dpo', body: asked });
    await eventually('the end of the withdrawal', () => closed(WITHDRAWAL));
    await call('POST', '/v1/requests/erasures', { role: 'dpo', body: { subject: ANA, requestId: ERASURE } });
    await eventually('the end of the erasure', () => closed(ERASURE));
    metrics = await (await fetch(`http://127.0.0.1:${env.LACUNA_METRICS_PORT}/metrics`)).text();
    expect(metrics).toContain('lacuna_certificates_issued 2');
    await eventually('the letter', () =>
      smtp.heard.filter((line) => line === '.').length >= 3 ? true : undefined,
    );
  }, 60_000);
});

describe('the command line', () => {
  const said: Ended[] = [];
  const run = async (...argv: string[]): Promise<Ended> => {
    const ended = await inFolder(folder, ...argv);
    said.push(ended);
    return ended;
  };

  it('takes, refuses and erases, and says nobody’s words', async () => {
    expect(await api.stop()).toBe(0);
    const ratings = path.join(files, 'ratings.csv');
    const good = interactionsOf([PEOPLE[0]]).map(({ item }, at) => `${BEN},${item},3,${1_700_000_000 + at}`);
    writeFileSync(
      ratings,
      [
        'user,item,value,time',
        ...good,
        `${BEN},${PERSONAL.word},3,1700000000`,
        `${BEN},i1,${PERSONAL.word},1`,
      ].join('\n'),
    );
    const rejects = path.join(files, 'rejects.ndjson');
    const imported = await run(
      'import',
      ratings,
      '--columns',
      'user=user,item=item,value=value,time=time',
      '--on-bad-line',
      'skip',
      '--rejects',
      rejects,
    );
    expect(imported).toMatchObject({ exitCode: 3 });
    expect(PERSONAL.isIn(readFileSync(rejects))).toBe(false);
    for (const argv of [
      ['records', `${PERSONAL.word}-nobody`],
      ['withdraw', BEN, '--item', `${PERSONAL.word}item`],
      ['erase', `${PERSONAL.word}-nobody`, '--yes'],
      ['requests', PERSONAL.word],
      ['recipients', 'add', 'x', `http://${PERSONAL.word}.invalid/`],
    ])
      expect([argv, (await run(...argv)).exitCode]).toEqual([argv, 1]);
    expect(await run('erase', BEN, '--yes')).toMatchObject({ exitCode: 0 });
    expect(await run('export', path.join(files, 'everything'))).toMatchObject({ exitCode: 0 });
    const wrongKek = await lacuna(['--data-folder', folder, 'status'], { LACUNA_KEK: SECRET.word });
    expect(wrongKek.exitCode).toBe(1);
    said.push(wrongKek);
    for (const mark of [PERSONAL, SECRET, STAFF])
      for (const { out, err } of said)
        expect([mark.isIn(out + err), mark.isIn(err) && err]).toEqual([false, false]);
  }, 120_000);
});

describe('what came out', () => {
  const MARKS = [PERSONAL, SECRET, STAFF];
  const expectNone = (text: string): void => {
    for (const mark of MARKS) expect(text.split('\n').filter((line) => mark.isIn(line))).toEqual([]);
    for (const token of tokens.values()) expect(text).not.toContain(token);
  };

  it('in the log is something, and none of it', () => {
    expect(api.said).toMatch(/"route":"\/v1\/recommendations\/:subject","status":404/);
    expectNone(api.said);
  });

  it('in refusals is something, and none of it', () => {
    expect(refusals.length).toBeGreaterThan(25);
    expectNone(refusals.join('\n'));
  });

  it('in metrics is none of it', () => expectNone(metrics));

  it('in traces is something, and none of it', () => {
    expect(receiver.spans.length).toBeGreaterThan(50);
    expectNone(receiver.text);
  });

  it('in mails is the address that they go to, and no secret', () => {
    const mails = smtp.heard.join('\n');
    expect(PERSONAL.isIn(mails)).toBe(true);
    expect(SECRET.isIn(mails) || STAFF.isIn(mails)).toBe(false);
  });

  it('in an export is none of it', () => {
    for (const mark of MARKS) expect(mark.filesIn(path.join(files, 'everything'))).toEqual([]);
  });

  it('stays nowhere in the data folder, in any form', () => {
    for (const mark of MARKS) expect(mark.filesIn(folder)).toEqual([]);
    for (const token of tokens.values()) expect(new Mark(token).filesIn(folder)).toEqual([]);
  });
});

describe('a failure of ours', () => {
  it('is told to the caller by an id only, and to the log by id and place, whatever its message says', async () => {
    const http = await HttpClient.open(folders.next());
    try {
      http.installation.queue.page = () => {
        throw new Error(`no page for ${PERSONAL.word}`);
      };
      const { status, headers, text } = await http.call('dpo', 'get', '/v1/requests');
      expect([status, PERSONAL.isIn(text)]).toEqual([500, false]);
      const logged = http.log.split('\n').filter((line) => line.includes(headers['x-request-id']));
      expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
        { msg: 'request failed', reason: 'Error', stack: expect.stringContaining('leaks.spec') },
      ]);
      expect(PERSONAL.isIn(http.log)).toBe(false);
    } finally {
      await http.close();
    }
  });
});

describe('a search for marks', () => {
  it('finds a word in each of its forms', () => {
    for (const before of ['', 'a', 'ab', 'abc'])
      for (const form of ['utf8', 'utf16le', 'hex', 'base64', 'base64url'] as const) {
        const bytes = Buffer.from(`${before}${PERSONAL.word}!`);
        const written =
          form === 'utf16le' ? Buffer.from(bytes.toString(), form) : Buffer.from(bytes.toString(form));
        expect([before, form, PERSONAL.isIn(written)]).toEqual([before, form, true]);
      }
    expect(PERSONAL.isIn(SECRET.word)).toBe(false);
  });
});
