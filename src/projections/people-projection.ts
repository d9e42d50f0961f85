import { In, type EntityManager } from 'typeorm';
import { keyNames, type RequestKind } from '#libs/contracts';
import { subjectOfStream, type PayloadSealer } from '#libs/messaging';
import { inSlices, insertAll } from '#platform/read-models';
import { ConsentEntity, positionText, SubjectEntity, WithheldPersonEntity } from './entities/index.js';
import { openUnlessDestroyed } from './open-payload.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** What a batch does to one consent: the position from which it holds, or null; and whether it ends what held before. */
interface ConsentChange {
  readonly grantedAt: string | null;
  readonly endsEarlier: boolean;
}

/** Who is enrolled, whose data is held back, who is erased, and which consents hold. */
export class PeopleProjection implements Projection {
  readonly types = [
    'SubjectEnrolled',
    'ConsentGranted',
    'ConsentWithdrawn',
    'RecordsQuarantined',
    'RecordsReleased',
    'RecordsErased',
  ] as const;
  private enrolled = new Set<string>();
  private erased = new Set<string>();
  private withheld = new Map<string, Omit<WithheldPersonEntity, 'requestId'> | null>();
  private consents = new Map<string, Map<string, ConsentChange>>();
  private touched = new Set<string>();

  constructor(private readonly sealer: PayloadSealer) {}

  apply(event: ProjectedEvent): void {
    switch (event.type) {
      case 'SubjectEnrolled':
        this.enrolled.add(event.data.subject);
        break;
      case 'ConsentGranted':
        this.change(event, event.data.sealed, (before) => granted(before, positionText(event.position)));
        break;
      case 'ConsentWithdrawn':
        this.change(event, event.data.sealed, () => ({ grantedAt: null, endsEarlier: true }));
        break;
      case 'RecordsQuarantined':
        this.withhold(event.data, (kind) => ({ subject: event.data.subject, kind }));
        break;
      case 'RecordsReleased':
        this.withhold(event.data, () => null);
        break;
      case 'RecordsErased':
        if (event.data.generation === null) this.erase(event.data.subject);
        break;
      default: // not asked for
    }
  }

  async flush(manager: EntityManager): Promise<void> {
    await insertAll(
      manager,
      SubjectEntity,
      [...this.enrolled].map((subject) => ({ subject, status: 'active' as const })),
    );
    await this.flushWithheld(manager);
    await this.flushConsents(manager);
    await this.flushErased(manager);
    this.reset();
  }

  reset(): void {
    this.enrolled = new Set();
    this.erased = new Set();
    this.withheld = new Map();
    this.consents = new Map();
    this.touched = new Set();
  }

  private async flushWithheld(manager: EntityManager): Promise<void> {
    const ended = [...this.withheld].filter(([, person]) => person === null).map(([requestId]) => requestId);
    await inSlices(ended, (requests) =>
      manager.delete(WithheldPersonEntity, { requestId: In([...requests]) }),
    );
    await insertAll(
      manager,
      WithheldPersonEntity,
      [...this.withheld].flatMap(([requestId, person]) =>
        person === null ? [] : [{ requestId, ...person }],
      ),
    );
    await inSlices([...this.touched], async (subjects) => {
      const kinds = new Map<string, Set<string>>(subjects.map((subject) => [subject, new Set()]));
      for (const { subject, kind } of await manager.findBy(WithheldPersonEntity, {
        subject: In([...subjects]),
      }))
        kinds.get(subject)?.add(kind);
      const rows = [...kinds].map(([subject, held]) => ({ subject, status: statusUnder(held) }));
      await insertAll(manager, SubjectEntity, rows);
    });
  }

  private async flushConsents(manager: EntityManager): Promise<void> {
    const held: ConsentEntity[] = [];
    for (const [subject, changes] of this.consents)
      for (const [purpose, { grantedAt, endsEarlier }] of changes) {
        if (endsEarlier) await manager.delete(ConsentEntity, { subject, purpose });
        if (grantedAt !== null) held.push({ subject, purpose, grantedAt });
      }
    await insertAll(manager, ConsentEntity, held, 'keep');
  }

  /** A person who is gone has no consents, and nothing is held back any more. */
  private async flushErased(manager: EntityManager): Promise<void> {
    const gone = [...this.erased];
    await insertAll(
      manager,
      SubjectEntity,
      gone.map((subject) => ({ subject, status: 'erased' as const })),
    );
    await inSlices(gone, async (subjects) => {
      await manager.delete(ConsentEntity, { subject: In([...subjects]) });
      await manager.delete(WithheldPersonEntity, { subject: In([...subjects]) });
    });
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

  private withhold(
    { requestId, subject, kind }: { requestId: string; subject: string; kind: RequestKind },
    held: (kind: WithheldPersonEntity['kind']) => Omit<WithheldPersonEntity, 'requestId'> | null,
  ): void {
    if (kind !== 'erasure' && kind !== 'restriction') return;
    this.withheld.set(requestId, held(kind));
    this.touched.add(subject);
  }

  private erase(subject: string): void {
    this.erased.add(subject);
    this.consents.delete(subject);
  }
}

function statusUnder(kinds: ReadonlySet<string>): SubjectEntity['status'] {
  if (kinds.has('erasure')) return 'erasing';
  return kinds.has('restriction') ? 'restricted' : 'active';
}

/** Consent that is given again while it holds keeps the position of its first giving. */
function granted(before: ConsentChange | undefined, grantedAt: string): ConsentChange {
  if (before === undefined) return { grantedAt, endsEarlier: false };
  return { ...before, grantedAt: before.grantedAt ?? grantedAt };
}
