import type { EntityManager } from 'typeorm';
import { keyNames } from '#libs/contracts';
import type { PayloadSealer } from '#libs/messaging';
import { subjectOfStream } from '#libs/messaging';
import { ConsentEntity, positionText, SubjectEntity } from './entities/index.js';
import { openUnlessDestroyed } from './open-payload.js';
import type { ProjectedEvent, Projection } from './projection.js';

/** Who is enrolled, who is being erased, and which consents hold. */
export class PeopleProjection implements Projection {
  readonly types = [
    'SubjectEnrolled',
    'ConsentGranted',
    'ConsentWithdrawn',
    'RecordsQuarantined',
    'RecordsErased',
  ] as const;

  constructor(private readonly sealer: PayloadSealer) {}

  async apply(event: ProjectedEvent, manager: EntityManager): Promise<void> {
    switch (event.type) {
      case 'SubjectEnrolled':
        await manager.upsert(SubjectEntity, { subject: event.data.subject, status: 'active' }, ['subject']);
        break;
      case 'ConsentGranted':
        await this.grant(event, event.data.sealed, manager);
        break;
      case 'ConsentWithdrawn': {
        const purpose = this.purposeOf(event, event.data.sealed);
        if (purpose !== undefined)
          await manager.delete(ConsentEntity, { subject: subjectOfStream(event.stream), purpose });
        break;
      }
      case 'RecordsQuarantined':
        if (event.data.kind === 'erasure') await this.leave(event.data.subject, 'erasing', manager);
        break;
      case 'RecordsErased':
        if (event.data.generation === null) await this.leave(event.data.subject, 'erased', manager);
        break;
      default: // not asked for
    }
  }

  async flush(): Promise<void> {}

  /** Consent that is given again while it holds keeps the position of its first giving. */
  private async grant(event: ProjectedEvent, sealed: string, manager: EntityManager): Promise<void> {
    const purpose = this.purposeOf(event, sealed);
    if (purpose === undefined) return;
    const consent = {
      subject: subjectOfStream(event.stream),
      purpose,
      grantedAt: positionText(event.position),
    };
    await manager
      .createQueryBuilder()
      .insert()
      .into(ConsentEntity)
      .values(consent)
      .orIgnore()
      .updateEntity(false)
      .execute();
  }

  private async leave(subject: string, status: 'erasing' | 'erased', manager: EntityManager): Promise<void> {
    await manager.upsert(SubjectEntity, { subject, status }, ['subject']);
    await manager.delete(ConsentEntity, { subject });
  }

  private purposeOf(event: ProjectedEvent, sealed: string): string | undefined {
    const record = openUnlessDestroyed(
      this.sealer,
      keyNames.profile(subjectOfStream(event.stream)),
      sealed,
      event,
    );
    return record === undefined ? undefined : (record as { purpose: string }).purpose;
  }
}
