import type { StoredRecord } from '#libs/contracts';
import {
  countRecords,
  differencesOf,
  divideRecords,
  meanOf,
  nextVersion,
  quantile,
  requestStream,
  splitDataset,
  trainVersion,
  utilityOf,
  withoutRecords,
  type Dataset,
  type LineVersion,
  type MemoryLine,
  type People,
  type ShardedRecords,
  type Split,
  type StreamName,
  type SubsetName,
  type UnlearningCheckpoint,
  type UnlearningReport,
  type UnlearningRequest,
  type UnlearningRun,
} from '#libs/evaluation';
import { aggregatorReady } from '#libs/learning';
import { trainingCodeDigest } from '#platform/build';
import { candidatesOf, checkCandidates, type Candidate, type CandidateChoice } from './candidates.js';
import { measuringDraws } from './describe-line.js';
import { evaluatedData, queriesOf, storedPeople } from './evaluated-data.js';
import { RankingPool } from './ranking-pool.js';
import { readDataset } from './read-dataset.js';
import { withSpam } from './spam.js';
import { filesOf, openLine } from './train-line.js';

const CHECKPOINTS = 4;
const CUTOFFS = [10];
const K = 10;

export interface UnlearningBenchOptions extends CandidateChoice {
  /** Folder of the dataset. */
  readonly data: string;
  readonly streams: readonly StreamName[];
  readonly from: SubsetName;
  readonly requests: number;
  /** So many people only, chosen by hash; everybody where absent. */
  readonly users?: number;
  readonly seed: string;
  readonly threads: number;
  readonly onProgress?: (what: string) => void;
}

/**
 * Unlearns streams of small requests one after the other. After each quarter the line is compared, file by file, with one that is
 * trained afresh on what is left, and asked for what was held back.
 *
 * @throws EvaluationError, LearningError, IngestError
 */
export async function benchUnlearning(options: UnlearningBenchOptions): Promise<UnlearningReport> {
  const candidates = candidatesOf(options);
  const dataset = fewer(await readDataset(options.data), options.users);
  const split = splitDataset(
    dataset,
    dataset.isInOrder ? 'leave-last-one-out' : 'leave-one-out',
    measuringDraws,
  );
  checkCandidates(candidates, split, dataset);
  const ranking = new RankingPool(options.threads);
  const runs: UnlearningRun[] = [];
  const lines = candidates.flatMap((candidate) =>
    options.streams.map((stream) => ({ options, dataset, split, candidate, stream, ranking })),
  );
  try {
    for (const line of lines.slice(0, options.streams.length)) asked(line); // refused before anything is trained
    for (const line of lines) runs.push(await runStream(line));
  } finally {
    await ranking.close();
  }
  const { name, people, items } = dataset;
  return {
    schema: 'urn:lacuna:unlearning-benchmark:v1',
    dataset: { name, people: people.size, items: items.length, records: countRecords(people) },
    seed: options.seed,
    codeDigest: trainingCodeDigest(),
    runs,
  };
}

interface Stream {
  readonly options: UnlearningBenchOptions;
  readonly dataset: Dataset;
  readonly split: Split;
  readonly candidate: Candidate;
  readonly stream: StreamName;
  readonly ranking: RankingPool;
}

/** A line under way: what is published, and what is present, kept account of apart. */
interface UnderWay {
  readonly line: MemoryLine;
  readonly present: Map<string, StoredRecord[]>;
  records: ShardedRecords;
  version: LineVersion;
}

/** The people of a stream, and what they ask for. @throws EvaluationError STREAM_EMPTY */
function asked({ options: { requests: most, from }, dataset, split, candidate, stream }: Stream): {
  readonly present: Map<string, StoredRecord[]>;
  readonly requests: readonly UnlearningRequest[];
} {
  const { people, spam } =
    stream === 'spam' ? withSpam(split.train, dataset.items, most) : { people: split.train, spam: [] };
  const present = new Map(storedPeople(people, candidate.config));
  const requests = requestStream(
    { people: present, spam, categoriesOf: categoriesIn(dataset) },
    { kind: stream, from, requests: most, draws: measuringDraws(`bench/${stream}`, from) },
  );
  return { present, requests };
}

async function runStream(given: Stream): Promise<UnlearningRun> {
  const { options, dataset, split, candidate, stream } = given;
  const { onProgress: say = () => undefined, from } = options;
  const { present, requests } = asked(given);
  const line = openLine(candidate.config, evaluatedData(dataset, split).catalogue, options.seed, present);
  await aggregatorReady(candidate.config);
  say(`${candidate.name}, ${stream}: training`);
  const records = divideRecords(present, line.partition);
  const underWay: UnderWay = { line, present, records, version: trainVersion(line, records) };
  const quarters = Array.from({ length: CHECKPOINTS }, (_, at) =>
    Math.ceil(((at + 1) * requests.length) / CHECKPOINTS),
  );
  const done: Done[] = [];
  const checkpoints: UnlearningCheckpoint[] = [];
  for (const until of new Set(quarters)) {
    say(`${candidate.name}, ${stream}: ${until} of ${requests.length} requests`);
    for (const request of requests.slice(done.length, until)) done.push(unlearn(underWay, request));
    checkpoints.push(await compare(underWay, until, given));
  }
  return { line: candidate.name, stream, from, ...summaryOf(done, checkpoints), checkpoints };
}

interface Done {
  readonly seconds: number;
  readonly records: number;
  readonly shards: number;
}

function unlearn(underWay: UnderWay, { subject, labels }: UnlearningRequest): Done {
  const { line, present } = underWay;
  const started = performance.now();
  const { records, touched, count } = withoutRecords(underWay.records, { subject, labels }, line.partition);
  underWay.version = nextVersion(line, records, underWay.version, touched);
  underWay.records = records;
  const seconds = (performance.now() - started) / 1000;
  const gone = new Set(labels?.map((label) => Buffer.from(label).toString('hex')));
  const left = (present.get(subject) ?? []).filter(
    ({ label }) => labels !== undefined && !gone.has(Buffer.from(label).toString('hex')),
  );
  if (left.length > 0) present.set(subject, left);
  else present.delete(subject);
  return { seconds, records: count, shards: touched.size };
}

async function compare(
  { line, present, version, records }: UnderWay,
  requests: number,
  { dataset, split, ranking }: Stream,
): Promise<UnlearningCheckpoint> {
  const started = performance.now();
  const afresh = trainVersion(line, divideRecords(present, line.partition));
  const retrainSeconds = (performance.now() - started) / 1000;
  const test = new Map([...split.test].filter(([subject]) => present.has(subject)));
  const data = evaluatedData(dataset, { ...split, train: present, test });
  const model = ranking.model(filesOf(line, version, data.degrees));
  const question = { subjects: data.tested, queries: queriesOf(data, records, line.genesis.config), k: K };
  const rankings = await ranking.rank(model, question);
  const utility = utilityOf(rankings, data.relevant, CUTOFFS);
  return {
    requests,
    differences: differencesOf(version, afresh),
    utility: Object.fromEntries([...utility].map(([metric, values]) => [metric, meanOf(values)])),
    tested: test.size,
    retrainSeconds,
  };
}

function summaryOf(
  done: readonly Done[],
  checkpoints: readonly UnlearningCheckpoint[],
): Pick<UnlearningRun, 'requests' | 'records' | 'shards' | 'latency' | 'shareOfRetraining'> {
  const seconds = done.map((one) => one.seconds).sort((a, b) => a - b);
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(seconds, share));
  return {
    requests: done.length,
    records: done.reduce((sum, one) => sum + one.records, 0),
    shards: meanOf(done.map((one) => one.shards)),
    latency: { p50, p90, p99 },
    shareOfRetraining: meanOf(seconds) / meanOf(checkpoints.map(({ retrainSeconds }) => retrainSeconds)),
  };
}

function categoriesIn({ items, categories }: Dataset): (item: string) => readonly string[] {
  const known = new Map(items.map((item, at) => [item, categories[at]]));
  return (item) => known.get(item) ?? [];
}

/** People chosen by name, whoever else there is. */
function fewer(dataset: Dataset, users: number | undefined): Dataset {
  if (users === undefined) return dataset;
  const ranked = [...dataset.people.keys()]
    .map((subject) => ({ subject, at: measuringDraws('bench/people', subject).uniform(0) }))
    .sort((a, b) => a.at - b.at);
  const chosen = new Set(ranked.slice(0, users).map(({ subject }) => subject));
  const people: People = new Map([...dataset.people].filter(([subject]) => chosen.has(subject)));
  return { ...dataset, people };
}
