import { keyNames, type DataOf, type RequestScope } from '#libs/contracts';
import { recordsInScope } from '#libs/erasure';
import { fromUtf8 } from '#libs/essentials';
import {
  namedEventId,
  sealingContext,
  streamNames,
  subjectOfStream,
  type EventStore,
  type RecordedEvent,
  type Subscription,
  type Vault,
} from '#libs/messaging';
import type { SubjectRecords } from './ports.js';
import type { RequestService } from './request-service.js';

/**
 * Turns every withdrawal of consent into a request to unlearn what was used under it. It reads the log from the beginning at
 * each start: the request's id follows from the event's, so a withdrawal is one request however often it is read.
 */
export class ConsentChanges {
  private readonly subscription: Subscription;

  constructor(
    store: EventStore,
    private readonly vault: Vault,
    private readonly subjects: Pick<SubjectRecords, 'records'>,
    private readonly requests: RequestService,
  ) {
    this.subscription = store.subscribe({
      filter: { streamPrefixes: [streamNames.prefixes.subject], types: ['ConsentWithdrawn'] },
      handle: async (events) => {
        for (const event of events) await this.follow(event);
      },
    });
    this.subscription.done.catch(() => {}); // told to whoever awaits caughtUp
  }

  /** Resolves when every withdrawal so far has become a request and its data is out of use. */
  caughtUp(): Promise<void> {
    return this.subscription.caughtUp();
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  private async follow({ id, stream, type, data, position }: RecordedEvent): Promise<void> {
    const subject = subjectOfStream(stream);
    const profile = keyNames.profile(subject);
    if (this.vault.keyState(profile) === 'destroyed') return; // the person was erased since
    const { sealed } = data as DataOf<'ConsentWithdrawn'>;
    const { purpose } = JSON.parse(
      fromUtf8(this.vault.open(profile, sealed, sealingContext(stream, id, type))),
    ) as { purpose: string };
    const scope = { purpose, recordedBefore: position.toString() };
    if (await this.hasRecords(subject, scope))
      await this.requests.withdrawConsent(namedEventId('withdrawal-of-consent', id), subject, scope);
  }

  /** Nothing to unlearn, or unlearned already: the withdrawal itself is in the log and needs no request. */
  private async hasRecords(subject: string, scope: RequestScope): Promise<boolean> {
    return recordsInScope(await this.subjects.records(subject), scope, () => []).length > 0;
  }
}
