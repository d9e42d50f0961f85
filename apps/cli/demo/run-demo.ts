import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { PublishedVersion, RequestState } from '#libs/erasure';
import { CodedError } from '#libs/essentials';
import {
  DEFAULT_SETTINGS,
  EXPORT,
  exportBundle,
  openInstallation,
  type Installation,
} from '../../installation/index.js';
import type { Print } from '../output.js';
import { showDemoProgress } from './demo-progress.js';
import { Stopwatch } from '../stopwatch.js';
import { importDemoData, type Imported } from './demo-data.js';
import { DemoError } from './demo-error.js';
import { clearDemoFolders, DEMO_ORIGIN, REPORT_FILE, REPORT_SCHEMA } from './demo-folders.js';
import type { DemoOptions } from './demo-options.js';
import { findErasedPerson, findWithdrawingPerson, type WithdrawingPerson } from './demo-people.js';
import {
  changedShards,
  reportedVersion,
  type DemoReport,
  type ReportedRequest,
  type ReportedVersion,
} from './demo-report.js';
import { DemoStory } from './demo-story.js';
import { runVerifier, type VerifierRun } from './run-verifier.js';

/** Lacuna's main job from beginning to end, told as a story; leaves what a third party needs in `out`. */
export async function runDemo(options: DemoOptions, print: Print): Promise<DemoReport> {
  clearDemoFolders(options);
  const watch = new Stopwatch();
  const progress = showDemoProgress();
  const installation = await openInstallation({
    folder: options.dataFolder,
    settings: { origin: DEMO_ORIGIN, consent: { ...DEFAULT_SETTINGS.consent, controller: 'Demo Films' } },
    line: { shards: options.shards },
    threads: options.threads,
    onRebuild: progress.onRebuild,
  });
  const story = new DemoStory(print, watch);
  let told: Told;
  try {
    told = await tell(installation, options, story, watch, progress);
  } finally {
    progress.stop();
    await installation.close();
  }
  const checks = await verifyAsStranger(options.out, told.requests, story, watch);
  const report = await writeReport(options, told, checks, watch);
  story.end(report, options, VISITOR);
  requireVerified(report);
  return report;
}

/** Address of the person who withdrew: mail to it lies in the outbox, so that anybody can be them at the portal. */
const VISITOR = 'visitor@example.org';

interface Told {
  readonly imported: Imported;
  readonly genesisDigest: string;
  readonly first: ReportedVersion;
  readonly requests: readonly ReportedRequest[];
  readonly ledgerEntries: number;
}

async function tell(
  installation: Installation,
  options: DemoOptions,
  story: DemoStory,
  watch: Stopwatch,
  progress: ReturnType<typeof showDemoProgress>,
): Promise<Told> {
  const { trainings, recommendations, lines, settings } = installation;
  const { genesisDigest } = await lines.get(settings.line);
  story.begin(options, genesisDigest);
  const imported = await watch.time('import', () =>
    importDemoData(installation, options.data, progress.onImport),
  );
  story.imported(imported);
  await watch.time('project', () => installation.projections.runner.caughtUp());
  story.projected();
  await watch.time('train', () => trainings.train());
  const first = await serving(installation);
  story.trained(first);

  const person = await findWithdrawingPerson(installation);
  installation.ingest.aliases.add(person.externalId, { alias: VISITOR });
  const before = await watch.time('recommend', () => recommendations.recommend(person.externalId, 10));
  story.recommended(person, before);
  const withdrawal = await withdraw(installation, person, first, watch);
  const after = await recommendations.recommend(person.externalId, 10);
  story.withdrawn(person, withdrawal, before, after);

  const erasedPerson = findErasedPerson(installation, person.externalId);
  const erasure = await erase(installation, erasedPerson, withdrawal.after, watch);
  await requireForgotten(installation, erasedPerson);
  story.erased(erasedPerson, erasure);

  await watch.time('export', () => exportBundle(installation, options.out));
  return {
    imported,
    genesisDigest,
    first,
    requests: [withdrawal, erasure],
    ledgerEntries: installation.ledger.size(),
  };
}

async function withdraw(
  installation: Installation,
  person: WithdrawingPerson,
  before: ReportedVersion,
  watch: Stopwatch,
): Promise<ReportedRequest> {
  return watch.time('withdraw', async () => {
    const submission = { requestId: randomUUID(), externalId: person.externalId, channel: 'cli' } as const;
    const { finished } = await installation.requests.withdraw(submission, { categories: [person.category] });
    return reportRequest(installation, await finished, before);
  });
}

async function erase(
  installation: Installation,
  externalId: string,
  before: ReportedVersion,
  watch: Stopwatch,
): Promise<ReportedRequest> {
  return watch.time('erase', async () => {
    const { finished } = await installation.requests.erase({
      requestId: randomUUID(),
      externalId,
      channel: 'cli',
    });
    return reportRequest(installation, await finished, before);
  });
}

async function reportRequest(
  installation: Installation,
  state: RequestState,
  before: ReportedVersion,
): Promise<ReportedRequest> {
  if (state.status !== 'closed')
    throw new DemoError('DEMO_CHECK_FAILED', `the request ended as ${state.status}`);
  const after = await serving(installation);
  return {
    requestId: state.requestId,
    kind: state.kind,
    deletedRecords: state.labels.length,
    keptRecords: state.kept,
    affectedShards: changedShards(before, after),
    before,
    after,
    certificate: path.posix.join(
      EXPORT.certificates,
      path.basename(installation.certificates.fileOf(state.requestId)),
    ),
    ledgerIndex: state.ledgerIndex,
    seconds: (Date.parse(state.issuedAt) - Date.parse(state.acceptedAt)) / 1000,
  };
}

async function serving({ trainings, lines, settings }: Installation): Promise<ReportedVersion> {
  const manifest = await trainings.servingManifest();
  const published: PublishedVersion | undefined = (await lines.get(settings.line)).versions.at(-1);
  if (manifest === undefined || published === undefined)
    throw new DemoError('DEMO_CHECK_FAILED', 'no version is published');
  return reportedVersion(manifest, published.manifestDigest);
}

async function requireForgotten({ recommendations }: Installation, externalId: string): Promise<void> {
  const answer = await recommendations.recommend(externalId, 10).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (answer instanceof CodedError && answer.code === 'SUBJECT_UNKNOWN') return;
  throw new DemoError('DEMO_CHECK_FAILED', 'an erased person is still known');
}

interface Checks {
  readonly certificates: readonly VerifierRun[];
  readonly replay: VerifierRun;
}

async function verifyAsStranger(
  out: string,
  requests: readonly ReportedRequest[],
  story: DemoStory,
  watch: Stopwatch,
): Promise<Checks> {
  const trust = ['--trust', path.join(out, EXPORT.trust)];
  const certificates: VerifierRun[] = [];
  await watch.time('verify', async () => {
    for (const { certificate } of requests)
      certificates.push(await runVerifier(['certificate', path.join(out, certificate), ...trust]));
  });
  story.verified(requests, certificates);
  const last = requests.at(-1)!;
  const replayArgs = [
    '--certificate',
    path.join(out, last.certificate),
    '--events',
    path.join(out, EXPORT.events),
    ...trust,
  ];
  const replay = await watch.time('replay', () => runVerifier(['replay', ...replayArgs]));
  story.replayed(last, replay);
  return { certificates, replay };
}

async function writeReport(
  { data, out, shards }: DemoOptions,
  told: Told,
  { certificates, replay }: Checks,
  watch: Stopwatch,
): Promise<DemoReport> {
  const report: DemoReport = {
    schema: REPORT_SCHEMA,
    dataset: data === undefined ? 'synthetic, MovieLens-1M shape' : path.basename(path.resolve(data)),
    shards,
    counts: { ...told.imported, ledgerEntries: told.ledgerEntries },
    genesisDigest: told.genesisDigest,
    firstVersion: told.first,
    requests: told.requests,
    verified: certificates.map(({ exitCode, seconds: took }, at) => ({
      certificate: told.requests[at].certificate,
      exitCode,
      seconds: took,
    })),
    replay: {
      certificate: told.requests.at(-1)!.certificate,
      exitCode: replay.exitCode,
      seconds: replay.seconds,
    },
    secondsByStage: watch.seconds,
    peakResidentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  await writeFile(path.join(out, REPORT_FILE), `${JSON.stringify(report, undefined, 2)}\n`);
  return report;
}

function requireVerified({ verified, replay }: DemoReport): void {
  if ([...verified, replay].some(({ exitCode }) => exitCode !== 0))
    throw new DemoError('DEMO_CHECK_FAILED', 'a certificate or the replay was refused', {
      nextStep: 'Read the verifier’s output above.',
    });
}
