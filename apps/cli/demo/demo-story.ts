import path from 'node:path';
import { counted } from '#platform/terminal';
import type { RecommendationList } from '#stages/serving';
import { integer, seconds, shortDigest, table, type Print } from '../output.js';
import type { Stopwatch } from '../stopwatch.js';
import type { Imported } from './demo-data.js';
import type { DemoOptions } from './demo-options.js';
import type { WithdrawingPerson } from './demo-people.js';
import type { DemoReport, ReportedRequest, ReportedVersion } from './demo-report.js';
import type { VerifierRun } from './run-verifier.js';

const SHOWN = 5;

/** What the demo prints, chapter by chapter. */
export class DemoStory {
  constructor(
    private readonly print: Print,
    private readonly watch: Stopwatch,
  ) {}

  begin({ data, shards }: DemoOptions, genesisDigest: string): void {
    const what =
      data === undefined ? 'an invented dataset of MovieLens-1M’s shape' : path.basename(path.resolve(data));
    this.print(`Lacuna demo: ${what}, ${counted(shards, 'shard')}`);
    this.chapter('Genesis');
    this.print(
      `   Seed, configuration, partition key and code are fixed before the first record is used: ${shortDigest(genesisDigest)}…`,
    );
    this.print('   It is entry 0 of the ledger.');
  }

  imported({ interactions, people, items }: Imported): void {
    const took = this.watch.seconds.import;
    this.chapter('Import', took);
    this.print(
      `   ${integer(interactions)} interactions of ${integer(people)} people with ${integer(items)} items became events,`,
    );
    this.print(
      `   each sealed under its person's own key: ${integer(Math.round(interactions / took))} a second.`,
    );
  }

  projected(): void {
    this.chapter('Project', this.watch.seconds.project);
    this.print('   Consent and training records were folded out of the log.');
  }

  trained(version: ReportedVersion): void {
    this.chapter('Train', this.watch.seconds.train);
    this.print(
      `   Version ${version.version} is published; its manifest is ${shortDigest(version.manifestDigest)}….`,
    );
    this.lines(
      table(
        ['shard', 'records', 'dataset root', 'model file'],
        version.shards.map((shard) => [
          shard.shard,
          shard.records,
          shortDigest(shard.datasetRoot),
          shortDigest(shard.digest),
        ]),
      ),
    );
  }

  recommended(person: WithdrawingPerson, list: RecommendationList): void {
    this.chapter('Recommend', this.watch.seconds.recommend);
    this.print(`   Person ${person.externalId} is offered:`);
    this.lines(titles(list));
  }

  withdrawn(
    person: WithdrawingPerson,
    request: ReportedRequest,
    before: RecommendationList,
    after: RecommendationList,
  ): void {
    this.chapter('Withdraw', this.watch.seconds.withdraw);
    this.print(
      `   Person ${person.externalId} withdraws consent to everything in ${person.category}: ${counted(request.deletedRecords, 'record')}; ${integer(request.keptRecords)} stay.`,
    );
    this.outcome(request);
    const share = (list: RecommendationList): number =>
      list.items.filter(({ categories }) => categories.includes(person.category)).length;
    this.print(
      `   ${person.category} among the ten offered: ${share(before)} before, ${share(after)} after. Now:`,
    );
    this.lines(titles(after));
  }

  erased(externalId: string, request: ReportedRequest): void {
    this.chapter('Erase', this.watch.seconds.erase);
    this.print(
      `   Person ${externalId} asks to be erased: ${counted(request.deletedRecords, 'record')}. The person is unknown here from now on.`,
    );
    this.outcome(request);
  }

  verified(requests: readonly ReportedRequest[], runs: readonly VerifierRun[]): void {
    this.chapter('Verify, as a stranger', this.watch.seconds.verify);
    runs.forEach((run, at) => {
      this.print(`   $ lacuna-verify certificate ${requests[at].certificate} --trust trust`);
      this.lines(at === 0 || run.exitCode !== 0 ? run.output.trimEnd().split('\n') : summaryOf(run.output));
    });
  }

  replayed(request: ReportedRequest, run: VerifierRun): void {
    this.chapter('Replay, as an auditor', this.watch.seconds.replay);
    this.print(
      `   $ lacuna-verify replay --certificate ${request.certificate} --events events.db --trust trust`,
    );
    this.lines(run.output.trimEnd().split('\n'));
  }

  /** @param visitor address of somebody who can sign in at the portal */
  end(report: DemoReport, { out, dataFolder }: DemoOptions, visitor: string): void {
    const total = Object.values(report.secondsByStage).reduce((sum, took) => sum + took, 0);
    this.print();
    this.print(
      `Done in ${seconds(total)}, at most ${integer(report.peakResidentMegabytes)} MB. A third party needs what is in ${out}/, and report.json there sums it up.`,
    );
    this.print(`Look around with: npm start -- --data-folder ${dataFolder}`);
    this.print(
      `The portal lets you in as the person who withdrew by the address ${visitor}: the mail with the code lies in ${path.join(dataFolder, 'outbox')}/.`,
    );
  }

  private outcome(request: ReportedRequest): void {
    const { before, after, affectedShards } = request;
    const same = after.shards.length - affectedShards.length;
    for (const shard of affectedShards)
      this.print(
        `   Shard ${shard}: ${shortDigest(before.shards[shard].digest)} → ${shortDigest(after.shards[shard].digest)}, ${integer(before.shards[shard].records)} → ${integer(after.shards[shard].records)} records.`,
      );
    this.print(
      `   The other ${same} shards are byte for byte what they were. Version ${after.version} serves; version ${before.version} is revoked and its old file destroyed.`,
    );
    this.print(
      `   Accepted to certified: ${seconds(request.seconds)}. Certificate: entry ${request.ledgerIndex} of the ledger.`,
    );
  }

  private chapter(title: string, took?: number): void {
    this.print();
    this.print(took === undefined ? title : `${title} (${seconds(took)})`);
  }

  private lines(lines: readonly string[]): void {
    for (const line of lines) this.print(`   ${line}`);
  }
}

function titles({ items }: RecommendationList): string[] {
  return items
    .slice(0, SHOWN)
    .map(({ title, categories }, at) => `${at + 1}. ${title} (${categories.join(', ')})`);
}

/** The verifier's output without the steps and the limits, which the first certificate has shown. */
function summaryOf(output: string): string[] {
  const lines = output.split('\n');
  const steps = lines.filter((line) => line.startsWith('✓')).length;
  const from = lines.findIndex((line) => line.startsWith('Verified'));
  return [`✓ all ${steps} steps, as above`, ...lines.slice(from, lines.indexOf('', from))];
}
