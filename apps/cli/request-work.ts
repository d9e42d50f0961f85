import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type {
  Actor,
  ExtensionReason,
  HoldReason,
  HoldTarget,
  RefusalGround,
  RefusedCategory,
  Regime,
} from '#libs/contracts';
import type { HoldState, RequestState } from '#libs/erasure';
import { counted } from '#platform/terminal';
import type { Installation } from '../installation/index.js';
import { actingAs, asOption, type ActingFlags, type WorkAction } from './acting-staff.js';
import { CommandError } from './command-error.js';
import { table, toStdout } from './output.js';
import { showRebuildProgress } from './rebuild-progress.js';
import { withInstallation, type GlobalFlags } from './session.js';

const REASONS = ['complexity', 'number-of-requests'] as const satisfies readonly ExtensionReason[];
const HOLD_REASONS = [
  'litigation',
  'authority-order',
  'fraud-investigation',
  'statutory-retention',
] as const satisfies readonly HoldReason[];
const NOTHING = { 'nothing-stored': 'nothing-stored', 'already-erased': 'already-erased' } as const;

/** What is typed for a ground, by the law that the request is answered by. */
const GROUNDS: Readonly<Record<Regime, Readonly<Record<string, RefusalGround>>>> = {
  gdpr: {
    expression: 'art-17-3-a-expression',
    'legal-obligation': 'art-17-3-b-legal-obligation',
    'public-health': 'art-17-3-c-public-health',
    archiving: 'art-17-3-d-archiving',
    'legal-claims': 'art-17-3-e-legal-claims',
    unfounded: 'art-12-5-manifestly-unfounded',
    'identity-not-shown': 'art-12-6-identity-not-shown',
    ...NOTHING,
  },
  ccpa: {
    transaction: 'ccpa-105-d-1-transaction',
    security: 'ccpa-105-d-2-security',
    debugging: 'ccpa-105-d-3-debugging',
    'free-speech': 'ccpa-105-d-4-free-speech',
    calecpa: 'ccpa-105-d-5-calecpa',
    research: 'ccpa-105-d-6-research',
    'internal-uses': 'ccpa-105-d-7-internal-uses',
    'legal-obligation': 'ccpa-105-d-8-legal-obligation',
    'legal-claims': 'ccpa-145-a-legal-claims',
    unfounded: 'ccpa-145-h-manifestly-unfounded',
    'identity-not-shown': 'ccpa-140-ak-identity-not-shown',
    ...NOTHING,
  },
};
const GROUND_NAMES = [...new Set(Object.values(GROUNDS).flatMap(Object.keys))];

/** A category, and what was typed for its ground. */
interface TypedRefusal {
  readonly category: string;
  readonly ground: string;
}

interface HoldFlags extends ActingFlags {
  readonly subject?: string;
  readonly request?: string;
  readonly category?: string;
  readonly reason: HoldReason;
}

/** Adds the sub-commands of `requests` by which an operator works them without the portal. */
export function registerRequestWork(requests: Command): void {
  requests
    .command('approve')
    .description('approve a request that waits for it')
    .argument('<id>', 'request id')
    .option('--confirm <words>', 'for an erasure: ERASE and the first eight characters of the id')
    .addOption(asOption())
    .action((id: string, { confirm }: { confirm?: string }, command: Command) =>
      work(command, 'request.approve', id, ({ desk }, by) => desk.approve(id, by, confirm)),
    );
  requests
    .command('refuse')
    .description('refuse a request, or categories of it, each on a ground')
    .argument('<id>', 'request id')
    .requiredOption(
      '--refused <category=ground>',
      `everything, or a category; grounds under the GDPR: ${namesOf('gdpr')}; under the CCPA: ${namesOf('ccpa')}; may be repeated`,
      gatherRefused,
    )
    .addOption(asOption())
    .action((id: string, { refused }: { refused: readonly TypedRefusal[] }, command: Command) =>
      work(command, 'request.refuse', id, ({ desk, requests: known }, by) =>
        desk.refuse(id, by, onGrounds(refused, known.get(id).regime)),
      ),
    );
  requests
    .command('extend')
    .description('take longer to answer, once, before the time is over')
    .argument('<id>', 'request id')
    .addOption(
      new Option('--reason <reason...>', 'what the person is told').choices(REASONS).makeOptionMandatory(),
    )
    .addOption(asOption())
    .action((id: string, { reason }: { reason: readonly ExtensionReason[] }, command: Command) =>
      work(command, 'request.extend', id, ({ desk }, by) => desk.extend(id, by, reason)),
    );
  requests
    .command('cancel')
    .description('take a request back for the person, as long as nothing is destroyed')
    .argument('<id>', 'request id')
    .addOption(asOption())
    .action((id: string, _: unknown, command: Command) =>
      work(command, 'request.cancel', id, ({ desk }, by) => desk.cancel(id, by)),
    );
  registerHolds(requests);
}

function registerHolds(requests: Command): void {
  requests
    .command('hold')
    .description('keep a person or a category from being destroyed')
    .option('--subject <id>', 'any id under which you know the person')
    .option('--request <id>', 'the person of this request')
    .option('--category <name>', 'items of this category, whoever has records of them')
    .addOption(new Option('--reason <reason>', 'why').choices(HOLD_REASONS).makeOptionMandatory())
    .addOption(asOption())
    .action(async (flags: HoldFlags, command: Command) => {
      const acting = await actingAs(flags);
      await withInstallation(command.optsWithGlobals<GlobalFlags>(), async (installation) => {
        const { desk } = installation;
        const target = await targetOf(flags, installation);
        const hold = await acting(installation, 'hold.place', flags.request, (by) =>
          desk.placeHold(randomUUID(), target, flags.reason, by),
        );
        toStdout(`Hold ${hold.holdId}: ${counted(desk.stoppedBy(hold).length, 'request')} stopped.`);
      });
    });
  requests
    .command('release')
    .description('release a legal hold: what it stopped goes on')
    .argument('<hold>', 'hold id')
    .addOption(asOption())
    .action(async (holdId: string, flags: ActingFlags, command: Command) => {
      const acting = await actingAs(flags);
      await withInstallation(
        command.optsWithGlobals<GlobalFlags>(),
        async (installation) => {
          await acting(installation, 'hold.release', undefined, (by) =>
            installation.desk.releaseHold(holdId, by),
          );
          await installation.resume();
          toStdout(`Hold ${holdId}: released.`);
        },
        { onRebuild: showRebuildProgress() },
      );
    });
  requests
    .command('holds')
    .description('list legal holds')
    .action((_: unknown, command: Command) =>
      withInstallation(command.optsWithGlobals<GlobalFlags>(), async ({ desk }) => {
        for (const line of holdTable(desk.holds())) toStdout(line);
      }),
    );
}

async function work(
  command: Command,
  action: WorkAction,
  id: string,
  act: (installation: Installation, by: Actor) => Promise<RequestState>,
): Promise<void> {
  const acting = await actingAs(command.opts<ActingFlags>());
  await withInstallation(
    command.optsWithGlobals<GlobalFlags>(),
    async (installation) => {
      const { requestId } = await acting(installation, action, id, (by) => act(installation, by));
      await installation.resume();
      const state = installation.requests.get(requestId);
      toStdout(`Request ${requestId}: ${state.status}, due ${state.dueAt}.`);
    },
    { onRebuild: showRebuildProgress() },
  );
}

async function targetOf(
  { subject, request, category }: HoldFlags,
  { vault, requests }: Installation,
): Promise<HoldTarget> {
  if ([subject, request, category].filter((one) => one !== undefined).length !== 1)
    throw new CommandError('HOLD_TARGET_UNCLEAR', 'a hold is on one person, or on one category', {
      nextStep: 'Give one of --subject, --request, --category.',
    });
  if (category !== undefined) return { kind: 'category', category };
  if (request !== undefined) return { kind: 'subject', subject: requests.get(request).subject };
  const { subjectBehind } = await import('#stages/requests');
  return { kind: 'subject', subject: subjectBehind(vault, subject!) };
}

function namesOf(regime: Regime): string {
  return Object.keys(GROUNDS[regime]).join(', ');
}

function gatherRefused(text: string, gathered: readonly TypedRefusal[] = []): readonly TypedRefusal[] {
  const at = text.lastIndexOf('=');
  const [category, ground] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (category === '' || !GROUND_NAMES.includes(ground))
    throw new InvalidArgumentError(`expected category=ground, with a ground of: ${GROUND_NAMES.join(', ')}`);
  return [...gathered, { category, ground }];
}

/** @throws CommandError GROUND_OF_OTHER_LAW */
function onGrounds(typed: readonly TypedRefusal[], regime: Regime): RefusedCategory[] {
  return typed.map(({ category, ground }) => {
    if (!Object.hasOwn(GROUNDS[regime], ground))
      throw new CommandError(
        'GROUND_OF_OTHER_LAW',
        `the request is answered by the ${regime.toUpperCase()}, which does not have the ground ${ground}`,
        { nextStep: `Name one of: ${namesOf(regime)}.` },
      );
    return { category, ground: GROUNDS[regime][ground] };
  });
}

function holdTable(holds: readonly HoldState[]): string[] {
  if (holds.length === 0) return ['There is no legal hold.'];
  const rows = holds.map(({ holdId, target, reason, placedAt, releasedAt }) => [
    holdId,
    target.kind === 'category' ? `category ${target.category}` : 'a person',
    reason,
    placedAt,
    releasedAt ?? '',
  ]);
  return table(['hold', 'on', 'reason', 'placed', 'released'], rows);
}
