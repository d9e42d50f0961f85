import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RequestScope } from '#libs/contracts';
import { GROUND_OF, isClosed, type RequestState } from '#libs/erasure';
import { counted } from '#platform/terminal';
import type { HistoryEntry, RequestView, Submission, SubmittedRequest } from '#stages/requests';
import type { Installation } from '../installation/index.js';
import { CommandError } from './command-error.js';
import { integer, table, toStdout } from './output.js';
import { showRebuildProgress } from './rebuild-progress.js';
import { registerRequestWork } from './request-work.js';
import { prepareReceipt, type ReceiptErrand, type ReceiptFlags } from './receipts.js';
import { withInstallation, type GlobalFlags } from './session.js';

interface ScopeFlags extends ReceiptFlags {
  readonly purpose?: string;
  readonly item?: readonly string[];
  readonly category?: readonly string[];
  readonly from?: number;
  readonly until?: number;
  readonly record?: readonly string[];
}

const gather = (value: string, gathered: readonly string[] = []): readonly string[] => [...gathered, value];

function toSeconds(text: string): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw new InvalidArgumentError('expected a time such as 2026-01-31 or 2026-01-31T10:00:00Z');
  return Math.floor(milliseconds / 1000);
}

/** Adds `withdraw`, `erase`, `records`, `requests` and `resume`. */
export function registerRequests(program: Command): void {
  program
    .command('withdraw')
    .description('withdraw a person’s consent to some behaviours and unlearn them; conditions add up')
    .argument('<subject>', 'id under which you know the person')
    .option('--purpose <name>', 'everything recorded for this purpose')
    .option('--item <id>', 'this item; may be repeated', gather)
    .option('--category <name>', 'items of this category; may be repeated', gather)
    .option('--from <time>', 'recorded at or after', toSeconds)
    .option('--until <time>', 'recorded at or before', toSeconds)
    .option('--record <label>', 'this record; may be repeated', gather)
    .addOption(plainReceipt())
    .addOption(receiptFor())
    .action((subject: string, flags: ScopeFlags, command: Command) =>
      carryOut(command, subject, flags, ({ requests }, submission) =>
        requests.withdraw(submission, scopeOf(flags)),
      ),
    );

  program
    .command('erase')
    .description('erase a person: records, keys, and every influence on the model')
    .argument('<subject>', 'id under which you know the person')
    .option('--yes', 'really; an erasure cannot be undone')
    .addOption(plainReceipt())
    .addOption(receiptFor())
    .action((subject: string, flags: ReceiptFlags & { yes?: boolean }, command: Command) => {
      if (!flags.yes)
        throw new CommandError('CONFIRMATION_MISSING', 'an erasure cannot be undone', {
          nextStep: 'Say so by adding --yes.',
        });
      return carryOut(command, subject, flags, ({ requests }, submission) => requests.erase(submission));
    });

  program
    .command('records')
    .description('what is stored about a person, with the labels that `withdraw --record` takes')
    .argument('<subject>', 'id under which you know the person')
    .option('--json', 'print as JSON')
    .action((subject: string, { json }: { json?: boolean }, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ history }) => {
        const records = await history.of(subject);
        if (json) toStdout(JSON.stringify(records, undefined, 2));
        else for (const line of recordTable(records)) toStdout(line);
      }),
    );

  const list = program
    .command('requests')
    .description('list requests, or show one')
    .argument('[id]', 'request id')
    .addOption(new Option('--kind <kind>', 'of this kind only').choices(Object.keys(GROUND_OF.gdpr)))
    .option('--open', 'those that are not closed')
    .option('--held', 'those that a legal hold stops')
    .option('--json', 'print as JSON')
    .action(async (id: string | undefined, flags: ListFlags, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ requests, certificates, desk }) => {
        const { describeRequest } = await import('#stages/requests');
        await desk.lookForHolds();
        const { json } = flags;
        const states = id === undefined ? requests.all().filter(isListed(flags, desk)) : [requests.get(id)];
        const views = states.map(describeRequest);
        if (json) toStdout(JSON.stringify(views, undefined, 2));
        else for (const line of requestTable(views)) toStdout(line);
        if (id !== undefined && !json)
          for (const line of certificateLines(states[0], certificates)) toStdout(line);
      }),
    );

  registerRequestWork(list);

  program
    .command('resume')
    .description('finish requests that a crash or a stop left open')
    .action((_: unknown, command: Command) =>
      withInstallation(
        command.optsWithGlobals<GlobalFlags>(),
        async (installation) => {
          await installation.resume();
          await installation.deliverNow();
          toStdout('No request is open.');
        },
        { onRebuild: showRebuildProgress() },
      ),
    );
}

interface ListFlags {
  readonly kind?: string;
  readonly open?: boolean;
  readonly held?: boolean;
  readonly json?: boolean;
}

function isListed(
  { kind, open, held }: ListFlags,
  desk: Pick<Installation['desk'], 'holdsOn'>,
): (state: RequestState) => boolean {
  return (state) =>
    (kind === undefined || state.kind === kind) &&
    (open !== true || !isClosed(state)) &&
    (held !== true || desk.holdsOn(state).length > 0);
}

const plainReceipt = (): Option =>
  new Option(
    '--receipt <file>',
    'write what the person needs to prove the deletion; hand it over, keep no copy',
  );

const receiptFor = (): Option =>
  new Option('--receipt-for <recipient>', 'the same, readable with the person’s own age key only').conflicts(
    'receipt',
  );

type Submit = (installation: Installation, submission: Submission) => Promise<SubmittedRequest>;

async function carryOut(
  command: Command,
  externalId: string,
  flags: ReceiptFlags,
  submit: Submit,
): Promise<void> {
  const requestId = randomUUID();
  const errand = await prepareReceipt(flags, requestId);
  const submission = { requestId, externalId, channel: 'cli', receiptRecipient: errand.recipient } as const;
  let wasSubmitted = false;
  try {
    await withInstallation(
      command.optsWithGlobals<GlobalFlags>(),
      async (installation) => {
        const { state, finished } = await submit(installation, submission).finally(() => {
          wasSubmitted = installation.requests.all().some((request) => request.requestId === requestId);
        });
        toStdout(`Request ${state.requestId}: ${state.status}.`);
        errand.submitted();
        await finished;
        await installation.deliverNow();
        await conclude(installation.requests.get(requestId), installation, errand);
      },
      { onRebuild: showRebuildProgress() },
    );
  } catch (error) {
    if (!wasSubmitted) await errand.giveUp();
    throw error;
  }
}

async function conclude(
  state: RequestState,
  installation: Installation,
  errand: ReceiptErrand,
): Promise<void> {
  report(state, installation);
  if (state.status === 'certified')
    toStdout('Recipients are still to be told; `lacuna resume` tries again, and so does the server.');
  if (state.status === 'closed') await errand.deliver(installation);
  if (state.status === 'closed-refused') await errand.giveUp();
}

function report(state: RequestState, { certificates }: Installation): void {
  if (state.status === 'closed-refused') {
    toStdout(`Refused: ${state.reason}.`);
    process.exitCode = 1;
    return;
  }
  if (state.status !== 'closed') return;
  toStdout(
    `${counted(state.labels.length, 'record')} unlearned and destroyed, ${integer(state.kept)} kept; ${counted(state.keys.length, 'key')} destroyed.`,
  );
  for (const line of certificateLines(state, certificates)) toStdout(line);
}

function certificateLines(state: RequestState, certificates: Installation['certificates']): string[] {
  if (!('ledgerIndex' in state)) return [];
  return [
    `Certificate: ${certificates.fileOf(state.requestId)} (entry ${state.ledgerIndex} of the ledger)`,
    `Proofs: ${certificates.proofsFileOf(state.requestId)} (lacuna-verify deletion reads them beside it)`,
  ];
}

function scopeOf({ purpose, item, category, from, until, record }: ScopeFlags): RequestScope {
  return {
    ...(purpose !== undefined && { purpose }),
    ...(item && { items: item }),
    ...(category && { categories: category }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(record && { labels: record }),
  };
}

function recordTable(records: readonly HistoryEntry[]): string[] {
  if (records.length === 0) return ['Nothing is stored about this person.'];
  const rows = records.map(({ label, item, categories, type, time, value }) => [
    time,
    type,
    item,
    value,
    categories.join(', '),
    label,
  ]);
  return table(['time', 'type', 'item', 'value', 'categories', 'label'], rows);
}

function requestTable(views: readonly RequestView[]): string[] {
  if (views.length === 0) return ['No request was made yet.'];
  const rows = views
    .toSorted((a, b) => a.receivedAt.localeCompare(b.receivedAt))
    .map((request) => [
      request.requestId,
      request.kind,
      request.status,
      request.records ?? '',
      request.receivedAt,
      request.dueAt ?? '',
    ]);
  return table(['request', 'kind', 'status', 'records', 'received', 'due'], rows);
}
