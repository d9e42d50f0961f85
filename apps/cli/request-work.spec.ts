import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import type { Regime } from '#libs/contracts';
import type { StaffRole } from '#platform/callers';
import { openInstallation, type Installation } from '../installation/index.js';
import { registerRequests } from './requests.js';
import { registerStaff } from './staff.js';
import { registerSubjects } from './subjects.js';

const PASSWORD = 'correct horse battery';
const HORROR = 'Horror';
const PEOPLE = ['ada', 'bob', 'eva', 'mia'];
const home = mkdtempSync(path.join(tmpdir(), 'lacuna-work-'));
const folder = path.join(home, 'data');
let output = '';
const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;

function listen(): void {
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((output += String(text))));
}

/** What the command prints. @param typed what stands on standard input */
async function run(argv: readonly string[], typed = ''): Promise<string> {
  Object.defineProperty(process, 'stdin', { ...stdin, get: () => Readable.from([typed]) });
  output = '';
  const program = new Command('lacuna').option('--data-folder <folder>').option('--threads <n>', '', Number);
  for (const register of [registerRequests, registerStaff, registerSubjects]) register(program);
  for (const command of [program, ...program.commands.flatMap((group) => [group, ...group.commands])])
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['--data-folder', folder, '--threads', '1', ...argv], { from: 'user' });
  return output;
}
const codeOf = (argv: readonly string[], typed?: string): Promise<string> =>
  run(argv, typed).then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

async function using<T>(work: (installation: Installation) => Promise<T>): Promise<T> {
  const installation = await openInstallation({ folder, threads: 1, line: { shards: 2 } });
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}

/** A request that staff have to decide about. */
const filed = (
  kind: 'erasure' | 'rectification',
  { person = 'ada', ...terms }: { person?: string; filedBy?: string; regime?: Regime } = {},
): Promise<string> =>
  using(async ({ requests, vault }) => {
    const requestId = crypto.randomUUID();
    const subject = vault.findSubject(person)!;
    const statement = kind === 'rectification' ? 'It was four stars.' : undefined;
    await requests.file({
      requestId,
      kind,
      subject,
      channel: 'portal',
      identity: 'operator-attested',
      statement,
      ...terms,
    });
    return requestId;
  });

const stateOf = (requestId: string) => using(async ({ requests }) => requests.get(requestId));
const confirm = (requestId: string): string[] => ['--confirm', `ERASE ${requestId.slice(0, 8)}`];
const approve = (requestId: string, ...more: string[]): string[] => [
  'requests',
  'approve',
  requestId,
  ...confirm(requestId),
  ...more,
];

/** An account that can sign in, by the commands that make one. */
async function account(user: string, roles: StaffRole): Promise<string> {
  const [, staffId, token] = /^(staff-\w+) gets .*#(\S+)\s*$/s.exec(
    await run(['staff', 'add', user, '--roles', roles]),
  )!;
  await using(({ access }) => access.accounts.setUp(token, user, PASSWORD));
  return staffId;
}

let officer: string;
let deputy: string;
beforeAll(async () => {
  listen();
  await using(async ({ ingest }) => {
    await ingest.catalogue.catalogue([
      { item: '1', title: 'One', categories: [HORROR] },
      { item: '2', title: 'Two', categories: ['Drama'] },
    ]);
    const entries = PEOPLE.flatMap((subject) =>
      ['1', '2'].map((item) => ({
        subject,
        item,
        type: 'rating',
        value: 4,
        time: 1_700_000_000,
        purpose: 'recommendations',
      })),
    );
    const newPeople = { purpose: 'recommendations', method: 'test', evidenceReference: 'urn:test' };
    await ingest.imports.importEntries(entries, { onBadLine: 'stop', newPeople });
  });
  officer = await account('olga', 'dpo');
  deputy = await account('otto', 'dpo');
  await account('erik', 'engineer');
});
beforeEach(listen);
afterEach(() => {
  jest.restoreAllMocks();
  Object.defineProperty(process, 'stdin', stdin);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('lacuna requests approve', () => {
  it('is by somebody with a name where two decide: a member of staff who gives a password', async () => {
    const id = await filed('erasure');
    const asOlga = ['--as', 'olga'];
    expect(await codeOf(approve(id))).toBe('APPROVER_UNNAMED');
    expect(await codeOf(['requests', 'approve', id, ...asOlga], `${PASSWORD}\n`)).toBe(
      'CONFIRMATION_MISMATCH',
    );
    expect(await codeOf(approve(id, ...asOlga), 'wrong horse battery\n')).toBe('CREDENTIALS_WRONG');
    expect(await codeOf(approve(id, '--as', 'nobody'), `${PASSWORD}\n`)).toBe('CREDENTIALS_WRONG');
    expect(await codeOf(approve(id, '--as', 'erik'), `${PASSWORD}\n`)).toBe('ROLE_NOT_GRANTED');
    expect(await codeOf(approve(id, ...asOlga))).toBe('PASSWORD_MISSING');
    expect((await stateOf(id)).approvals).toHaveLength(0);
    expect(await run(approve(id, ...asOlga), `${PASSWORD}\n`)).toMatch(
      new RegExp(`^Request ${id}: verified, due 20`),
    );
    expect(await codeOf(approve(id, ...asOlga), `${PASSWORD}\n`)).toBe('APPROVED_ALREADY');
    expect(await codeOf(approve(id))).toBe('APPROVER_UNNAMED');
    expect(await run(approve(id, '--as', 'otto'), `${PASSWORD}\n`)).not.toContain('verified');
    expect((await stateOf(id)).approvals.map(({ by }) => by)).toEqual([officer, deputy]);
    const actions = await using(async ({ access }) => (await access.actions.page(1, 50)).rows);
    expect(actions.filter(({ action }) => action === 'request.approve')).toEqual([
      expect.objectContaining({ staffId: deputy, requestId: id }),
      expect.objectContaining({ staffId: officer, requestId: id }),
    ]);
    expect(JSON.stringify(actions)).not.toContain('olga');
  });

  it('needs no name where one decides, unless nobody with a name entered it', async () => {
    const ofOlga = await filed('rectification', { person: 'bob', filedBy: officer });
    expect(await run(['requests', 'approve', ofOlga])).not.toContain('verified');
    const ofAMachine = await filed('rectification', { person: 'bob', filedBy: 'machine' });
    expect(await codeOf(['requests', 'approve', ofAMachine])).toBe('APPROVER_IS_FILER');
  });

  it('says of an account of the identity provider that it has no password here', async () => {
    const id = await filed('erasure', { person: 'bob' });
    const theirs = await using(async ({ access }) =>
      access.accounts.ofProvider('["urn:idp","u1"]', 'Pia', ['dpo']),
    );
    for (const named of ['pia', theirs])
      expect(await codeOf(approve(id, '--as', named), `${PASSWORD}\n`)).toBe('ACCOUNT_OF_PROVIDER');
    expect(await codeOf(approve(id, '--as', officer), `${PASSWORD}\n`)).toBe('CREDENTIALS_WRONG');
  });
});

describe('lacuna requests', () => {
  it('refuses a category on a ground, and the whole; a ground that is none is not taken', async () => {
    const id = await filed('erasure', { person: 'eva' });
    const refuse = (refused: string) => ['requests', 'refuse', id, '--refused', refused];
    expect(await codeOf(refuse(`${HORROR}=because`))).toBe('commander.invalidArgument');
    await run(refuse(`${HORROR}=legal-claims`));
    expect(await stateOf(id)).toMatchObject({
      status: 'verified',
      refused: [{ category: HORROR, ground: 'art-17-3-e-legal-claims' }],
    });
    expect(await run(refuse('everything=unfounded'))).toContain(`Request ${id}: closed-refused`);
    expect(await codeOf(refuse('everything=unfounded'))).toBe('REQUEST_NOT_IN_REVIEW');
  });

  it('refuses on a ground of the law by which the request is answered', async () => {
    const id = await filed('rectification', { person: 'eva', regime: 'ccpa' });
    const refuse = (ground: string) => ['requests', 'refuse', id, '--refused', `everything=${ground}`];
    expect(await codeOf(refuse('archiving'))).toBe('GROUND_OF_OTHER_LAW');
    await run(refuse('legal-claims'));
    expect(await stateOf(id)).toMatchObject({
      refused: [{ category: 'everything', ground: 'ccpa-145-a-legal-claims' }],
    });
  });

  it('extends the time to answer once, with a reason, as whoever is named', async () => {
    const id = await filed('rectification', { person: 'eva' });
    const { dueAt } = await stateOf(id);
    const extend = ['requests', 'extend', id, '--reason', 'complexity'];
    expect(await codeOf(extend.slice(0, 3))).toBe('commander.missingMandatoryOptionValue');
    await run([...extend, '--as', 'olga'], PASSWORD);
    expect(Date.parse((await stateOf(id)).dueAt)).toBeGreaterThan(Date.parse(dueAt) + 50 * 86_400_000);
    expect(await codeOf(extend)).toBe('EXTENDED_ALREADY');
  });

  it('takes a request back', async () => {
    const id = await filed('rectification', { person: 'eva' });
    expect(await run(['requests', 'cancel', id])).toContain(`Request ${id}: closed-cancelled`);
    expect(await codeOf(['requests', 'cancel', id])).not.toBe('done');
  });

  it('holds a person, whom any of their ids names, and lets go on what it stopped', async () => {
    await run(['subjects', 'alias', 'eva', 'eva@example.org']);
    const id = await filed('erasure', { person: 'eva' });
    const held = await run(['requests', 'hold', '--subject', 'eva@example.org', '--reason', 'litigation']);
    const [, hold] = /^Hold (\S+): 1 request stopped\.\n$/.exec(held)!;
    expect(await run(['requests', '--held'])).toContain(id);
    expect(await run(['requests', 'holds'])).toContain('litigation');
    expect(await run(['requests', 'release', hold, '--as', 'olga'], PASSWORD)).toBe(
      `Hold ${hold}: released.\n`,
    );
    expect(await run(['requests', '--held'])).not.toContain(id);
    expect(await codeOf(['requests', 'release', hold])).toBe('HOLD_RELEASED_ALREADY');
    const unclear = ['requests', 'hold', '--subject', 'eva', '--category', HORROR, '--reason', 'litigation'];
    expect(await codeOf(unclear)).toBe('HOLD_TARGET_UNCLEAR');
  });
});

describe('lacuna staff', () => {
  it('lists accounts, shuts one out and lets it in again, and takes a password away', async () => {
    expect(await run(['staff', 'list'])).toMatch(new RegExp(`${officer} +olga +dpo +active`));
    await run(['staff', 'disable', officer]);
    expect(await run(['staff', 'list'])).toMatch(new RegExp(`${officer} +olga +dpo +disabled`));
    const id = await filed('rectification', { person: 'bob' });
    const approveAs = ['requests', 'approve', id, '--as', 'olga'];
    expect(await codeOf(approveAs, PASSWORD)).toBe('CREDENTIALS_WRONG');
    await run(['staff', 'disable', officer, '--undo']);
    expect(await run(['staff', 'reset', officer])).toMatch(/^A new password, until \S+, at\nhttp\S+#\S+\n$/);
    expect(await codeOf(approveAs, PASSWORD)).toBe('CREDENTIALS_WRONG');
    expect(await codeOf(['staff', 'disable', 'staff-nobody'])).toBe('ACCOUNT_UNKNOWN');
    expect(await codeOf(['staff', 'add', 'Zoe', '--roles', 'dpo,queen'])).toBe('commander.invalidArgument');
  });
});

describe('lacuna subjects alias', () => {
  it('lets a person be found under another id, until it is taken away, and never under that of somebody else', async () => {
    const isFound = () => using(async ({ vault }) => vault.findSubject('a-77') === vault.findSubject('mia'));
    expect(await run(['subjects', 'alias', 'mia', 'a-77', '--kind', 'id'])).toBe(
      'The person is known under both.\n',
    );
    expect(await isFound()).toBe(true);
    expect(await codeOf(['subjects', 'alias', 'bob', 'a-77'])).toBe('ALIAS_TAKEN');
    expect(await codeOf(['subjects', 'alias', 'stranger', 'a-78'])).toBe('SUBJECT_UNKNOWN');
    await run(['subjects', 'alias', 'mia', 'a-77', '--remove']);
    expect(await isFound()).toBe(false);
  });
});
