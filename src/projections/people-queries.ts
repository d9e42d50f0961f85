import { In, type EntityManager } from 'typeorm';
import type { StoredRecord } from '#libs/contracts';
import { toBase64Url } from '#libs/essentials';
import type { ReadModelsReader } from '#platform/read-models';
import {
  ConsentEntity,
  positionOf,
  QuarantinedLabelEntity,
  SubjectEntity,
  TrainingRecordsEntity,
  WithheldPersonEntity,
} from './entities/index.js';
import type { FoldedLog } from './folded-log.js';
import { recordsIn } from './merge-chunks.js';

export type SubjectStatus = SubjectEntity['status'] | 'unknown';

/** Questions about one person; answers take in every event appended before the question. */
export class PeopleQueries {
  constructor(
    private readonly models: ReadModelsReader,
    private readonly log: FoldedLog,
  ) {}

  async status(subject: string): Promise<SubjectStatus> {
    const found = await this.ask((manager) => manager.findOneBy(SubjectEntity, { subject }));
    return found?.status ?? 'unknown';
  }

  /** Everything stored about a person that nobody has quarantined, consented or not; sorted by label. */
  records(subject: string): Promise<StoredRecord[]> {
    return this.ask((manager) => unquarantined(subject, manager));
  }

  /** Everything stored about a person, quarantined or not; sorted by label. */
  stored(subject: string): Promise<StoredRecord[]> {
    return this.ask((manager) => stored(subject, manager));
  }

  /** What may be used now: consented to before it was recorded, the consent still holding, not quarantined; sorted by label. */
  recordsOf(subject: string): Promise<StoredRecord[]> {
    return this.ask(async (manager) => {
      if (await manager.existsBy(WithheldPersonEntity, { subject })) return [];
      const consents = await manager.findBy(ConsentEntity, { subject });
      const since = new Map(consents.map(({ purpose, grantedAt }) => [purpose, positionOf(grantedAt)]));
      return (await unquarantined(subject, manager)).filter((record) =>
        isConsentedSince(since.get(record.purpose), record),
      );
    });
  }

  /** How many people have given a consent for the purpose that holds. */
  countConsented(purpose: string): Promise<number> {
    return this.ask(async (manager) => {
      const withheld = [...(await withheldPeople(manager))];
      const without = await manager.countBy(ConsentEntity, { purpose, subject: In(withheld) });
      return (await manager.countBy(ConsentEntity, { purpose })) - without;
    });
  }

  /** Records of everybody that are out of use and not erased yet: whose they are, and their labels. */
  quarantined(): Promise<readonly Pick<QuarantinedLabelEntity, 'subject' | 'label'>[]> {
    return this.ask((manager) => manager.find(QuarantinedLabelEntity));
  }

  private async ask<T>(question: (manager: EntityManager) => Promise<T>): Promise<T> {
    await this.log.caughtUp();
    return this.models.read(question);
  }
}

/** People whose consents do not hold for now, because everything of theirs is held back. */
export async function withheldPeople(manager: EntityManager): Promise<ReadonlySet<string>> {
  return new Set((await manager.find(WithheldPersonEntity)).map(({ subject }) => subject));
}

/** Whether a record came under a consent that was given at `since` and holds. */
export function isConsentedSince(
  since: bigint | undefined,
  { position }: Pick<StoredRecord, 'position'>,
): boolean {
  return since !== undefined && since < position;
}

async function stored(subject: string, manager: EntityManager): Promise<StoredRecord[]> {
  const chunks = await manager.find(TrainingRecordsEntity, {
    where: { subject },
    order: { position: 'ASC' },
  });
  return recordsIn(chunks);
}

async function unquarantined(subject: string, manager: EntityManager): Promise<StoredRecord[]> {
  const quarantined = new Set(
    (await manager.findBy(QuarantinedLabelEntity, { subject })).map(({ label }) => label),
  );
  const records = await stored(subject, manager);
  return quarantined.size === 0
    ? records
    : records.filter(({ label }) => !quarantined.has(toBase64Url(label)));
}
