import { In, type EntityManager } from 'typeorm';
import { mergePacked, PackedCursor } from '#libs/contracts';
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
  /** Records of this purpose, and consent for it. */
  readonly purpose: string;
  /** Items of the catalogue version. */
  readonly catalogue: ReadonlySet<string>;
  /** Whose records are wanted; everybody's where absent. */
  readonly isWanted?: (subject: string) => boolean;
}

export interface SubjectRecords {
  readonly subject: string;
  /** Packed, sorted by label. */
  readonly records: Uint8Array;
}

const SUBJECTS_A_PAGE = 500;

/** Whether the record that the cursor stands on may be trained on. */
type IsTrainable = (record: PackedCursor) => boolean;

/** The trainable records of everybody who is wanted, subject by subject in the order of their ids. */
export async function* trainableRecords(
  query: TrainableQuery,
  manager: EntityManager,
): AsyncGenerator<SubjectRecords> {
  const quarantined = await quarantinedLabels(manager);
  const consents = await consentedSubjects(query, manager);
  const isUsable = usable(query);
  for (let at = 0; at < consents.length; at += SUBJECTS_A_PAGE) {
    const page = consents.slice(at, at + SUBJECTS_A_PAGE);
    const chunks = await chunksOf(
      page.map(({ subject }) => subject),
      manager,
    );
    for (const { subject, since } of page) {
      const labels = quarantined.get(subject);
      const isTrainable: IsTrainable = (record) =>
        isUsable(record) && isConsentedSince(since, record) && !labels?.has(labelOf(record));
      yield { subject, records: trainableOf(chunks.get(subject) ?? [], isTrainable) };
    }
  }
}

/**
 * Records that would be trainable, were they not quarantined: what the next rebuild unlearns. Nothing is to be trained on them. Whether
 * the consent for them still holds is not asked.
 */
export async function* quarantinedRecords(
  { isWanted = () => true, ...query }: TrainableQuery,
  manager: EntityManager,
): AsyncGenerator<SubjectRecords> {
  const quarantined = await quarantinedLabels(manager);
  const isUsable = usable(query);
  for (const [subject, labels] of quarantined) {
    if (!isWanted(subject)) continue;
    const chunks = (await chunksOf([subject], manager)).get(subject) ?? [];
    const isGoing: IsTrainable = (record) => isUsable(record) && labels.has(labelOf(record));
    yield { subject, records: trainableOf(chunks, isGoing) };
  }
}

/** Records of the wanted purpose and of items in the catalogue, told by their bytes. */
function usable({ purpose, catalogue }: TrainableQuery): IsTrainable {
  const items = new TextTable(catalogue);
  const purposes = new TextTable([purpose]);
  return (record) =>
    purposes.indexOf(record.packed, record.purpose, record.purposeEnd) === 0 &&
    items.indexOf(record.packed, record.item, record.itemEnd) >= 0;
}

/** Subjects whose consent holds and who are wanted, by id. */
async function consentedSubjects(
  { purpose, isWanted = () => true }: TrainableQuery,
  manager: EntityManager,
): Promise<{ subject: string; since: bigint }[]> {
  const consents = await manager.find(ConsentEntity, { where: { purpose }, order: { subject: 'ASC' } });
  const withheld = await withheldPeople(manager);
  return consents
    .filter(({ subject }) => isWanted(subject) && !withheld.has(subject))
    .map(({ subject, grantedAt }) => ({ subject, since: positionOf(grantedAt) }));
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

async function quarantinedLabels(manager: EntityManager): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const labels = new Map<string, Set<string>>();
  for (const { subject, label } of await manager.find(QuarantinedLabelEntity)) {
    const known = labels.get(subject);
    if (known === undefined) labels.set(subject, new Set([label]));
    else known.add(label);
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
