import {
  countRecords,
  EvaluationError,
  groupsOf,
  RESAMPLES,
  sampledTest,
  splitDataset,
  type CompletenessReport,
  type Dataset,
  type DifferenceReport,
  type EvaluationReport,
  type LineReport,
  type Split,
  type Utility,
} from '#libs/evaluation';
import { trainingCodeDigest } from '#platform/build';
import {
  baselineFirst,
  candidatesOf,
  checkCandidates,
  type Candidate,
  type CandidateChoice,
} from './candidates.js';
import { completenessOf, type Scenario } from './completeness.js';
import { Describer, measuringDraws } from './describe-line.js';
import { evaluateLine } from './evaluate-line.js';
import { evaluatedData } from './evaluated-data.js';
import { readDataset } from './read-dataset.js';
import { openWorkshop, type Workshop } from './workshop.js';

const MOST_CUTOFF = 1000;

export interface EvaluationOptions extends CandidateChoice {
  /** Folder of the dataset. */
  readonly data: string;
  readonly split: string;
  /** The k of the metrics. */
  readonly cutoffs: readonly number[];
  /** What the other lines are compared with: the name of a line, a strategy or an aggregator; the first line where absent. */
  readonly against?: string;
  /** Test so many people only, chosen by hash. */
  readonly users?: number;
  readonly seed: string;
  /** What is unlearned from each line, to see whether it is forgotten. */
  readonly unlearn: readonly Scenario[];
  readonly threads: number;
  readonly onProgress?: (what: string) => void;
}

/**
 * Measures strategies on a dataset. Everything that can be refused is refused before anything is trained.
 *
 * @throws EvaluationError, LearningError, IngestError
 */
export async function evaluate(options: EvaluationOptions): Promise<EvaluationReport> {
  const { cutoffs, threads, onProgress: say = () => undefined } = options;
  checkCutoffs(cutoffs);
  const candidates = baselineFirst(candidatesOf(options), options.against);
  say('reading the data');
  const dataset = await readDataset(options.data, options.profiles);
  const whole = splitDataset(dataset, options.split, measuringDraws);
  checkCandidates(candidates, whole, dataset);
  const split = options.users === undefined ? whole : sampledTest(whole, options.users, measuringDraws);
  const workshop = openWorkshop(threads);
  try {
    return {
      ...headOf(options, dataset, split),
      ...(await measure(candidates, { options, dataset, split }, workshop)),
    };
  } finally {
    await workshop.close();
  }
}

interface Question {
  readonly options: EvaluationOptions;
  readonly dataset: Dataset;
  readonly split: Split;
}

/** Line after line; of a line that is done only the figures are kept. */
async function measure(
  candidates: readonly Candidate[],
  { options, dataset, split }: Question,
  workshop: Workshop,
): Promise<Pick<EvaluationReport, 'groups' | 'lines' | 'differences'>> {
  const { cutoffs, seed, unlearn, onProgress: say = () => undefined } = options;
  const data = evaluatedData(dataset, split);
  const trainRecords = data.tested.map((person) => split.train.get(person)!.length);
  const groups = groupsOf(trainRecords);
  const describer = new Describer(cutoffs, groups, trainRecords);
  const lines: LineReport[] = [];
  const differences: DifferenceReport[] = [];
  const known: { readonly name: string; readonly utility: Utility }[] = [];
  for (const candidate of candidates) {
    const { name, config } = candidate;
    say(`${name}: training`);
    const outcome = await evaluateLine({ config, data, cutoffs, seed }, workshop);
    const { utility } = outcome;
    const completeness: CompletenessReport[] = [];
    for (const scenario of unlearn) {
      say(`${name}: unlearning ${scenario}`);
      completeness.push(await completenessOf(scenario, outcome, data, workshop.trainer));
    }
    lines.push({ ...describer.describe(candidate, outcome), completeness });
    for (const other of known)
      differences.push({
        of: name,
        against: other.name,
        overall: describer.difference(utility, other.utility),
      });
    known.push({ name, utility });
  }
  return {
    groups: { coldAtMost: groups.coldAtMost, cold: groups.cold.length, warm: groups.warm.length },
    lines,
    differences,
  };
}

function headOf(
  { cutoffs, seed, threads }: EvaluationOptions,
  { name, people, items }: Dataset,
  split: Split,
): Omit<EvaluationReport, 'groups' | 'lines' | 'differences'> {
  const { kind, train, test, leftOut } = split;
  return {
    schema: 'urn:lacuna:evaluation-report:v1',
    dataset: { name, people: people.size, items: items.length, records: countRecords(people) },
    split: {
      kind,
      trainRecords: countRecords(train),
      people: test.size,
      items: [...test.values()].reduce((sum, { size }) => sum + size, 0),
      leftOut,
    },
    cutoffs,
    seed,
    resamples: RESAMPLES,
    codeDigest: trainingCodeDigest(),
    threads,
    notices: noticesOf(split),
  };
}

function noticesOf({ leftOut }: Split): string[] {
  if (leftOut === 0) return [];
  return [
    `Not tested, for having nothing to go by or nothing left to be found: ${leftOut === 1 ? '1 person' : `${leftOut.toLocaleString('en-US')} people`}.`,
  ];
}

function checkCutoffs(cutoffs: readonly number[]): void {
  if (cutoffs.length === 0 || cutoffs.some((k) => !Number.isInteger(k) || k < 1 || k > MOST_CUTOFF))
    throw new EvaluationError('CUTOFF_OUT_OF_RANGE', `k must be 1 … ${MOST_CUTOFF}`, {
      nextStep: 'Give numbers such as --k 10,20,50.',
    });
}
