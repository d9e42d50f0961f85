import type { DataOf } from '#libs/contracts';
import { streamNames, type EventStore, type RecordedEvent, type Subscription } from '#libs/messaging';
import type { LetterName } from '#libs/portal-contract';
import type { LetterDesk } from './letter-desk.js';
import type { Correspondence } from './ports.js';

/** Which letter follows from what happens to a request. */
const LETTER_OF: Readonly<Record<string, LetterName>> = {
  IdentityVerified: 'received',
  DeadlineExtended: 'extended',
  CategoriesRefused: 'refused',
  RequestRefused: 'refused',
  IdentityDoubted: 'identity-doubted',
  RequestClosed: 'completed',
};
const ESCALATION = 'EscalationRaised';
/** Whoever filed through these answers the person. */
const ANSWERED_BY_OTHERS: ReadonlySet<string> = new Set(['opendsr', 'drp']);
const MAX_AGE = 3 * 86_400_000; // ms; a letter that comes later would confuse, and an old log is not told again

/** Writes the letters that the law asks for by itself, from the log: each once, however often the log is read. */
export class AutomaticLetters {
  private readonly subscription: Subscription;

  constructor(
    store: EventStore,
    private readonly desk: LetterDesk,
    private readonly correspondence: Pick<Correspondence, 'request'>,
    /** Milliseconds since the epoch. */
    private readonly now: () => number,
  ) {
    this.subscription = store.subscribe({
      filter: {
        streamPrefixes: [streamNames.prefixes.request],
        types: [...Object.keys(LETTER_OF), ESCALATION],
      },
      handle: async (events) => {
        for (const event of events) await this.follow(event);
      },
    });
    this.subscription.done.catch(() => {}); // told to whoever awaits caughtUp
  }

  /** Resolves when every letter that is due now is in the outbox. */
  caughtUp(): Promise<void> {
    return this.subscription.caughtUp();
  }

  stop(): Promise<void> {
    return this.subscription.stop();
  }

  private async follow(event: RecordedEvent): Promise<void> {
    if (this.now() - Date.parse(event.recordedAt) > MAX_AGE) return;
    if (event.type === ESCALATION) return this.desk.escalate(event);
    const { requestId } = event.data as { requestId: string };
    const { channel } = this.correspondence.request(requestId);
    if (ANSWERED_BY_OTHERS.has(channel)) return;
    if (event.type !== 'RequestClosed') {
      if (event.type === 'IdentityVerified' && channel === 'consent-change') return; // the switch has answered already
      return this.desk.follow(LETTER_OF[event.type], event);
    }
    const { outcome } = event.data as DataOf<'RequestClosed'>;
    if (outcome !== 'completed' || this.desk.wasSentBecauseOf(requestId, event.id)) return;
    if (!(await this.desk.sendFarewell(requestId, event.id))) await this.desk.follow('completed', event);
  }
}
