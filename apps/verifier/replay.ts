import path from 'node:path';
import type { UnlearningCertificate } from '#libs/certificate';
import { loadTrust, REPLAY_EXPORT, verifyCertificate, type NotProven } from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import { counted } from '#platform/terminal';
import { runReplay, type ReplayClaim, type ReplayInputs, type ReplayWatcher } from '../replay/index.js';
import { claimCommand, type Watcher } from './claim-command.js';
import { needed, refuseTogether } from './choose-one.js';
import { readInput, readTrustFolder } from './input-files.js';
import { withUnpackedExport } from './unpack-export.js';

/** Files that lie about, or one encrypted export of them. */
interface ReplayCommand extends ReplayChoices {
  readonly certificate?: string;
  readonly events?: string;
  /** Of an export by default what came with it. */
  readonly trust?: string;
  readonly keys?: string;
  readonly models?: string;
  readonly export?: string;
  readonly identity?: string;
  readonly keep?: string;
}

interface ReplayChoices {
  /** Also rebuild the shards that the unlearning left alone. */
  readonly allShards?: boolean;
  readonly threads?: number;
}

interface ReplayFiles extends ReplayChoices {
  readonly certificate: string;
  readonly events: string;
  readonly trust: string;
  readonly keys: string;
  readonly models: string;
  /** Shards that the events can be replayed for; absent: all. */
  readonly shards?: string;
}

/**
 * `lacuna-verify replay`: rebuilds datasets, shards and aggregator from the events and compares every byte with the certificate,
 * which is itself verified first.
 */
export const run = claimCommand<ReplayCommand, ReplayClaim>({
  claim: 'replay',
  verify: (command, watcher) =>
    command.export === undefined
      ? replay(inputsOf(command), watcher)
      : replayExport(command, command.export, watcher),
  describe,
});

/** @throws VerifierError OPTION_MISSING, OPTIONS_CONFLICT */
function inputsOf(command: ReplayCommand): ReplayFiles {
  refuseTogether('--export', { identity: command.identity, keep: command.keep });
  const [certificate, events, trust] = (['certificate', 'events', 'trust'] as const).map((name) =>
    needed(name, command[name], 'Or name an export with --export and --identity.'),
  );
  const beside = path.dirname(events);
  return {
    ...command,
    certificate,
    events,
    trust,
    keys: command.keys ?? path.join(beside, REPLAY_EXPORT.keys),
    models: command.models ?? path.join(beside, REPLAY_EXPORT.models),
  };
}

async function replayExport(command: ReplayCommand, file: string, watcher: Watcher): Promise<ReplayClaim> {
  const { certificate, events, keys, models, trust, keep } = command;
  refuseTogether('no --export', { certificate, events, keys, models });
  const identity = needed('identity', command.identity, 'It is the file that age-keygen made.');
  return withUnpackedExport({ file, identity, keep }, async (folder) => {
    const within = (name: keyof typeof REPLAY_EXPORT): string => path.join(folder, REPLAY_EXPORT[name]);
    const inputs = {
      ...command,
      certificate: within('certificate'),
      events: within('events'),
      keys: within('keys'),
      models: within('models'),
      shards: within('shards'),
      trust: trust ?? within('trust'),
    };
    const report = await replay(inputs, watcher);
    return trust === undefined ? { ...report, notProven: [...report.notProven, TRUST_OF_EXPORT] } : report;
  });
}

const TRUST_OF_EXPORT: NotProven = {
  code: 'TRUST_FROM_THE_EXPORT',
  meaning:
    'The trust files came in the export, from whoever made it: compare them with those of a source of your own, or name that one with --trust.',
};

/** Progress as lines for people. */
function toldBy({ onStep, onProgress }: Watcher): ReplayWatcher {
  return {
    onStep,
    onEvents: (events, isAll) =>
      onProgress(`  ${counted(events, 'event')} read${isAll ? ', all of them' : ''}`),
    onShard: ({ shard, count }, done, of) =>
      onProgress(`  shard ${shard} rebuilt from ${counted(count, 'record')}, ${done} of ${of}`),
  };
}

function replay({ certificate, trust, keys, ...files }: ReplayFiles, watcher: Watcher): Promise<ReplayClaim> {
  const inputs: ReplayInputs = {
    ...files,
    certificate: () => verifiedCertificate({ certificate, trust }),
    keys: { kind: 'file', file: keys },
  };
  return runReplay(inputs, toldBy(watcher));
}

async function verifiedCertificate({
  certificate: file,
  trust: folder,
}: Pick<ReplayFiles, 'certificate' | 'trust'>): Promise<UnlearningCertificate> {
  const [trust, bundle] = await Promise.all([readTrustFolder(folder), readInput(file)]);
  return verifyCertificate({ bundle, trust: loadTrust(trust, nodeVerifySignature) }).certificate;
}

function describe({ line, version, rebuiltShards, otherShards, rebuilt }: ReplayClaim): string[] {
  return [
    ...rebuilt.map(
      ({ shard, datasetRoot, digest }) =>
        `✓ shard ${shard}     dataset root ${datasetRoot.slice(0, 12)}…, model bytes ${digest.slice(0, 12)}…: as certified`,
    ),
    '✓ aggregator  as certified',
    '',
    `Replayed: version ${version} of ${line} is what training on the remaining records gives, byte for byte (shards ${rebuiltShards.join(', ') || 'none'} and the aggregator).`,
    ...(otherShards.length > 0
      ? [
          `Shards ${otherShards.join(', ')} were left alone by this unlearning; --all-shards rebuilds them, too.`,
        ]
      : []),
  ];
}
