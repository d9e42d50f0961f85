import { setImmediate } from 'node:timers/promises';
import { In, type EntityManager } from 'typeorm';
import { mergePacked, PackedCursor, type UsableEntries } from '#libs/contracts';
import { TextTable, toBase64Url } from '#libs/essentials';
import {
  ConsentEntity,
  positionOf,
  QuarantinedLabelEntity,
  TrainingRecordsEntity,
} from './entities/index.js';
import { isConsentedSince, withheldPeople } from './people-queries.js';
import { pushTo } from './push-to.js';

export interface TrainableQuery {
  /** Records of these purposes, each with a consent for it, and of these entries of the catalogue version. */
  readonly usable: UsableEntries;
  /** Whose records are wanted; everybody's where absent. */
  readonly isWanted?: (subject: string) => boolean;
}

export interface SubjectRecords {
  readonly subject: string;
  /** Packed, sorted by label. */
  readonly records: Uint8Array;
}

const SUBJECTS_A_PAGE = 125; // after each, others of this process get their turn

/** Whether the record that the cursor stands on may be trained on. */
type IsTrainable = (record: PackedCursor) => boolean;

/** The trainable records of everybody who is wanted, subject by subject in the order of their ids. */
export async function* trainableRecords(
  query: TrainableQuery,
  manager: EntityManager,
): AsyncGenerator<SubjectRecords> {
  const quarantined = await quarantinedLabels(manager);
  const consents = await consentedSubjects(query, manager);
  const purposeOf = purposesOf(query);
  for (let at = 0; at < consents.length; at += SUBJECTS_A_PAGE) {
    const page = consents.slice(at, at + SUBJECTS_A_PAGE);
    const chunks = await chunksOf(
      page.map(({ subject }) => subject),
      manager,
    );
    for (const { subject, since } of page) {
      const labels = quarantined.get(subject);
      const isTrainable: IsTrainable = (record) => {
        const purpose = purposeOf(record);
        return purpose >= 0 && isConsentedSince(since[purpose], record) && !labels?.has(labelOf(record));
      };
      yield { subject, records: trainableOf(chunks.get(subject) ?? [], isTrainable) };
    }
    await setImmediate();
  }
}

/** Whether a version that may have been made earlier can have used a record that was put out of use at `since`. */
export type MayHaveUsed = (subject: string, record: PackedCursor, since: bigint) => boolean;

/**
 * Records that would be trainable, were they not quarantined, and that a version may have used: what the next rebuild unlearns. Nothing is to
 * be trained on them. Whether the consent for them still holds is not asked.
 */
export async function* quarantinedRecords(
  { isWanted = () => true, mayHaveUsed, ...query }: TrainableQuery & { readonly mayHaveUsed: MayHaveUsed },
  manager: EntityManager,
): AsyncGenerator<SubjectRecords> {
  const quarantined = await quarantinedLabels(manager);
  const purposeOf = purposesOf(query);
  for (const [subject, labels] of quarantined) {
    if (!isWanted(subject)) continue;
    const chunks = (await chunksOf([subject], manager)).get(subject) ?? [];
    const isGoing: IsTrainable = (record) => {
      const since = purposeOf(record) < 0 ? undefined : labels.get(labelOf(record));
      return since !== undefined && mayHaveUsed(subject, record, since);
    };
    yield { subject, records: trainableOf(chunks, isGoing) };
  }
}

/** Index of the wanted purpose that a record is of, −1 where it may not be used; told by its bytes. */
function purposesOf({ usable }: TrainableQuery): (record: PackedCursor) => number {
  const purposes = new TextTable([...usable.keys()]);
  const entries = Array.from(usable.values(), (some) => new TextTable(some));
  return ({ packed, purpose, purposeEnd, item, itemEnd }) => {
    const at = purposes.indexOf(packed, purpose, purposeEnd);
    return at >= 0 && entries[at].indexOf(packed, item, itemEnd) >= 0 ? at : -1;
  };
}

/** A person, and since when each of the wanted purposes is consented to. */
interface Consented {
  readonly subject: string;
  readonly since: (bigint | undefined)[];
}

/** Subjects of whom a consent holds and who are wanted, by id. */
async function consentedSubjects(
  { usable, isWanted = () => true }: TrainableQuery,
  manager: EntityManager,
): Promise<Consented[]> {
  const purposes = [...usable.keys()];
  const consents = await manager.find(ConsentEntity, {
    where: { purpose: In(purposes) },
    order: { subject: 'ASC' },
  });
  const withheld = await withheldPeople(manager);
  const people = new Map<string, Consented>();
  for (const { subject, purpose, grantedAt } of consents) {
    if (!isWanted(subject) || withheld.has(subject)) continue;
    const person = people.get(subject) ?? { subject, since: [] };
    people.set(subject, person);
    person.since[purposes.indexOf(purpose)] = positionOf(grantedAt);
  }
  return [...people.values()];
}

async function chunksOf(
  subjects: readonly string[],
  manager: EntityManager,
): Promise<Map<string, TrainingRecordsEntity[]>> {
  const rows = await manager.find(TrainingRecordsEntity, {
    where: { subject: In([...subjects]) },
    order: { subject: 'ASC', position: 'ASC' },
  });
  const chunks = new Map<string, TrainingRecordsEntity[]>();
  for (const row of rows) pushTo(chunks, row.subject, row);
  return chunks;
}

/** A subject's chunks, oldest first, as one: the trainable records, sorted by label, each once. */
function trainableOf(chunks: readonly TrainingRecordsEntity[], isTrainable: IsTrainable): Uint8Array {
  const kept = chunks.map(({ records }) => keepOnly(records, isTrainable)).reverse();
  return kept.length === 1 ? kept[0] : mergePacked(kept).packed;
}

/** The records that are trainable: the chunk itself where all of them are, which is the rule. */
function keepOnly(chunk: Uint8Array, isTrainable: IsTrainable): Uint8Array {
  const cursor = new PackedCursor(chunk);
  const kept: Uint8Array[] = [];
  let from = 0; // of the kept records that are not in `kept` yet
  while (cursor.next()) {
    if (isTrainable(cursor)) continue;
    kept.push(chunk.subarray(from, cursor.label));
    from = cursor.purposeEnd;
  }
  return from === 0 ? chunk : joined([...kept, chunk.subarray(from)]);
}

/** By person and label: where the first request put it out of use that still holds it. */
async function quarantinedLabels(
  manager: EntityManager,
): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>> {
  const labels = new Map<string, Map<string, bigint>>();
  for (const { subject, label, since: text } of await manager.find(QuarantinedLabelEntity)) {
    const since = positionOf(text);
    const known = labels.get(subject) ?? new Map<string, bigint>();
    labels.set(subject, known);
    if (since < (known.get(label) ?? since + 1n)) known.set(label, since);
  }
  return labels;
}

function labelOf({ packed, label, opening }: PackedCursor): string {
  return toBase64Url(packed.subarray(label, opening));
}

/** One after the other; there may be more parts than a call takes arguments. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
