import { In, Not, type EntityManager } from 'typeorm';
import { keyNames } from '#libs/contracts';
import { subjectOfStream, type PayloadSealer } from '#libs/messaging';
import { inSlices, insertAll } from '#platform/read-models';
import { ConsentEntity, positionText, SubjectEntity } from './entities/index.js';
import { openUnlessDestroyed } from './open-payload.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** What a batch does to one consent: the position from which it holds, or null; and whether it ends what held before. */
interface ConsentChange {
  readonly grantedAt: string | null;
  readonly endsEarlier: boolean;
}

/** Who is enrolled, who is being erased, and which consents hold. */
export class PeopleProjection implements Projection {
  readonly types = [
    'SubjectEnrolled',
    'ConsentGranted',
    'ConsentWithdrawn',
    'RecordsQuarantined',
    'RecordsErased',
  ] as const;
  private statuses = new Map<string, SubjectEntity['status']>();
  private consents = new Map<string, Map<string, ConsentChange>>();

  constructor(private readonly sealer: PayloadSealer) {}

  apply(event: ProjectedEvent): void {
    switch (event.type) {
      case 'SubjectEnrolled':
        this.statuses.set(event.data.subject, 'active');
        break;
      case 'ConsentGranted':
        this.change(event, event.data.sealed, (before) => granted(before, positionText(event.position)));
        break;
      case 'ConsentWithdrawn':
        this.change(event, event.data.sealed, () => ({ grantedAt: null, endsEarlier: true }));
        break;
      case 'RecordsQuarantined':
        if (event.data.kind === 'erasure') this.leave(event.data.subject, 'erasing');
        break;
      case 'RecordsErased':
        if (event.data.generation === null) this.leave(event.data.subject, 'erased');
        break;
      default: // not asked for
    }
  }

  async flush(manager: EntityManager): Promise<void> {
    const statuses = [...this.statuses].map(([subject, status]) => ({ subject, status }));
    await insertAll(manager, SubjectEntity, statuses);
    const left = statuses.filter(({ status }) => status !== 'active').map(({ subject }) => subject);
    await inSlices(left, (subjects) => manager.delete(ConsentEntity, { subject: In([...subjects]) }));
    await this.flushConsents(manager);
    this.reset();
  }

  reset(): void {
    this.statuses = new Map();
    this.consents = new Map();
  }

  /** A person who is leaving has no consents, and can give none. */
  private async flushConsents(manager: EntityManager): Promise<void> {
    const leaving = new Set<string>();
    await inSlices([...this.consents.keys()], async (subjects) => {
      const found = await manager.findBy(SubjectEntity, {
        subject: In([...subjects]),
        status: Not('active'),
      });
      for (const { subject } of found) leaving.add(subject);
    });
    const held: ConsentEntity[] = [];
    for (const [subject, changes] of this.consents)
      for (const [purpose, { grantedAt, endsEarlier }] of changes) {
        if (endsEarlier) await manager.delete(ConsentEntity, { subject, purpose });
        if (grantedAt !== null && !leaving.has(subject)) held.push({ subject, purpose, grantedAt });
      }
    await insertAll(manager, ConsentEntity, held, 'keep');
  }

  private change(
    event: ProjectedEvent,
    sealed: string,
    next: (before: ConsentChange | undefined) => ConsentChange,
  ): void {
    const subject = subjectOfStream(event.stream);
    const record = openUnlessDestroyed(this.sealer, keyNames.profile(subject), sealed, event);
    if (record === undefined) return;
    const { purpose } = record as { purpose: string };
    const changes = this.consents.get(subject) ?? new Map<string, ConsentChange>();
    this.consents.set(subject, changes.set(purpose, next(changes.get(purpose))));
  }

  private leave(subject: string, status: 'erasing' | 'erased'): void {
    this.statuses.set(subject, status);
    this.consents.delete(subject);
  }
}

/** Consent that is given again while it holds keeps the position of its first giving. */
function granted(before: ConsentChange | undefined, grantedAt: string): ConsentChange {
  if (before === undefined) return { grantedAt, endsEarlier: false };
  return { ...before, grantedAt: before.grantedAt ?? grantedAt };
}
