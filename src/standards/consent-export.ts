import { keyNames, type SubjectEvent } from '#libs/contracts';
import { consentsAsJsonLd, parseConsentRecord, type ConsentRecord } from '#libs/consent';
import { ErasureError } from '#libs/erasure';
import { fromUtf8 } from '#libs/essentials';
import { sealingContext, streamNames, type EventStore, type Vault } from '#libs/messaging';

/** A person's consents for other systems. */
export class ConsentExport {
  constructor(
    private readonly store: EventStore,
    private readonly vault: Pick<Vault, 'findSubject' | 'open'>,
  ) {}

  /** ISO/IEC TS 27560 records as JSON-LD, every decision of every purpose. @throws ErasureError SUBJECT_UNKNOWN */
  async of(externalId: string): Promise<object> {
    const subject = this.vault.findSubject(externalId);
    if (subject === undefined)
      throw new ErasureError('SUBJECT_UNKNOWN', 'nobody is enrolled under that id', {
        nextStep: 'Check the id; a person who was erased is no longer known under it.',
      });
    return consentsAsJsonLd(await this.historyOf(subject));
  }

  private async historyOf(subject: string): Promise<ConsentRecord[]> {
    const stream = streamNames.subject(subject);
    const history: ConsentRecord[] = [];
    for await (const { id, type, data } of this.store.readStream(stream)) {
      const event = { type, data } as SubjectEvent;
      if (event.type === 'SubjectEnrolled') continue;
      const context = sealingContext(stream, id, type);
      const text = fromUtf8(this.vault.open(keyNames.profile(subject), event.data.sealed, context));
      history.push(parseConsentRecord(JSON.parse(text)));
    }
    return history;
  }
}
