import type { ConsentDecision, ConsentService } from '../consent-service.js';
import {
  comesBack,
  IngestError,
  nextStepOf,
  reasonOf,
  type Rejection,
  type RejectionCode,
} from '../ingest-error.js';
import type { InteractionEntry } from '../interaction.js';
import type { InteractionService } from '../interaction-service.js';

/** One row of a source: an interaction, why it is none, or nothing (a blank line). */
export type Row = InteractionEntry | Rejection | undefined;

/** A refused line, without its content: that may be personal, and whoever imports has the file. */
export interface RejectedLine extends Rejection {
  readonly line: number;
}

export interface ImportPolicy {
  /**
   * `stop`: the first bad line ends the import before its batch; `skip`: bad lines are reported and left out. Records that were deleted
   * before are no bad lines: they are reported and left out in any case.
   */
  readonly onBadLine: 'stop' | 'skip';
  /** Enrols people who are new, with this consent. Without it their lines are rejected. */
  readonly newPeople?: Omit<ConsentDecision, 'subject'>;
  /** Records this consent for people who are new or have never decided about its purpose; no decision is ever undone. */
  readonly undecidedPeople?: Omit<ConsentDecision, 'subject'>;
  readonly onReject?: (rejected: RejectedLine) => void;
}

export interface ImportCounts {
  rows: number;
  recorded: number;
  duplicates: number;
  enrolled: number;
  rejected: number;
  readonly rejectedByCode: Partial<Record<RejectionCode, number>>;
}

export const noCounts = (): ImportCounts => ({
  rows: 0,
  recorded: 0,
  duplicates: 0,
  enrolled: 0,
  rejected: 0,
  rejectedByCode: {},
});

/** Takes one batch of numbered rows through enrolment and recording, and counts what became of it. */
export class BatchImporter {
  readonly counts = noCounts();

  constructor(
    private readonly consents: Pick<ConsentService, 'enrolWithConsent' | 'consentWhereUndecided'>,
    private readonly interactions: Pick<InteractionService, 'check' | 'record'>,
    private readonly policy: ImportPolicy,
    private readonly source: string,
  ) {}

  /**
   * @param lineOf number of a row's line
   * @throws IngestError with the code of the first bad line when the policy is `stop`; then nothing of the batch was recorded
   */
  async add(rows: readonly Row[], lineOf: (row: number) => number): Promise<void> {
    const entries: InteractionEntry[] = [];
    const lines: number[] = [];
    rows.forEach((row, at) => {
      if (row === undefined) return;
      this.counts.rows++;
      const wrong = 'code' in row ? row : this.interactions.check(row);
      if (wrong !== undefined) return this.reject(wrong, lineOf(at));
      entries.push(row as InteractionEntry);
      lines.push(lineOf(at));
    });
    await this.enrol(entries);
    const results = await this.interactions.record(entries, {
      allOrNothing: this.policy.onBadLine === 'stop',
    });
    results.forEach((result, at) => {
      if (result.status === 'rejected') this.reject(result, lines[at]);
      else if (result.status === 'recorded') this.counts.recorded++;
      else if (result.status === 'duplicate') this.counts.duplicates++;
    });
  }

  private async enrol(entries: readonly InteractionEntry[]): Promise<void> {
    const { newPeople, undecidedPeople } = this.policy;
    const people = [...new Set(entries.map(({ subject }) => subject).filter((subject) => subject !== ''))];
    if (newPeople !== undefined)
      this.counts.enrolled += await this.consents.enrolWithConsent(people, newPeople);
    if (undecidedPeople !== undefined)
      this.counts.enrolled += await this.consents.consentWhereUndecided(people, undecidedPeople);
  }

  private reject({ code, field }: Rejection, line: number): void {
    if (this.policy.onBadLine === 'stop' && !comesBack(code))
      throw new IngestError(code, `Line ${line} of ${this.source}: ${lowerFirst(reasonOf(code))}`, {
        facts: { line, field },
        nextStep: nextStepOf(code),
      });
    this.counts.rejected++;
    this.counts.rejectedByCode[code] = (this.counts.rejectedByCode[code] ?? 0) + 1;
    this.policy.onReject?.({ line, code, field });
  }
}

const lowerFirst = (text: string) => text[0].toLowerCase() + text.slice(1);
