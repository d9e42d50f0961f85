import type { ConsentView, MeView } from '#libs/portal-contract';
import type { OwnHistory } from './own-history.js';
import type {
  CountOpenRequests,
  OfferedPurposes,
  OwnConsent,
  OwnConsents,
  UnlearnWithReceipt,
  WantedReceipt,
} from './ports.js';
import { SelfServiceError } from './self-service-error.js';

const PORTAL = { method: 'portal', evidenceReference: 'urn:lacuna:portal' };
/** A browser's setting that says: do not (https://w3c.github.io/gpc/). */
const GPC = { method: 'global-privacy-control', evidenceReference: 'urn:lacuna:gpc' };

/** What a person has agreed to, and may change. */
export class OwnChoices {
  constructor(
    private readonly consents: OwnConsents,
    private readonly history: OwnHistory,
    private readonly offered: OfferedPurposes,
    private readonly countOpenRequests: CountOpenRequests,
    private readonly unlearnWithReceipt: UnlearnWithReceipt,
  ) {}

  async overview(subject: string): Promise<MeView> {
    const used = await this.history.countByPurpose(subject);
    const decided = await this.consents.of(subject);
    return {
      records: [...used.values()].reduce((sum, records) => sum + records, 0),
      consents: this.purposesOf(decided).map(({ id, title }) =>
        viewOf(
          id,
          title,
          decided.find(({ purpose }) => purpose === id),
          used.get(id),
        ),
      ),
      openRequests: this.countOpenRequests(subject),
    };
  }

  /**
   * Grants or withdraws. What was used under a consent that is withdrawn becomes a request to unlearn it; where the person wants a receipt of
   * that, the request comes first, because its receipt has to be asked for before anything is unlearned.
   * @throws SelfServiceError PURPOSE_UNKNOWN; IngestError SUBJECT_UNDER_ERASURE; ErasureError REQUEST_ID_REUSED; AgeError RECIPIENT_NOT_X25519
   */
  async choose(
    subject: string,
    purpose: string,
    granted: boolean,
    receipt?: WantedReceipt,
  ): Promise<ConsentView> {
    const before = await this.consents.of(subject);
    const offered = this.purposesOf(before).find(({ id }) => id === purpose);
    if (offered === undefined)
      throw new SelfServiceError('PURPOSE_UNKNOWN', 'Nothing is done here for that purpose', {
        nextStep: 'GET /v1/me lists the purposes.',
      });
    const holds = before.some((known) => known.purpose === purpose && known.granted);
    if (granted) await this.consents.grant(subject, { purpose, ...PORTAL });
    const isReceiptOf = !granted && holds && receipt !== undefined && (await this.isUsed(subject, purpose));
    if (isReceiptOf) await this.unlearnWithReceipt(subject, purpose, receipt);
    if (!granted && holds) await this.consents.withdraw(subject, { purpose, ...PORTAL });
    const after = await this.consents.of(subject);
    const used = await this.history.countByPurpose(subject);
    const decided = after.find((known) => known.purpose === purpose);
    return {
      ...viewOf(purpose, offered.title, decided, used.get(purpose)),
      ...(isReceiptOf && { requestId: receipt.requestId }),
    };
  }

  private async isUsed(subject: string, purpose: string): Promise<boolean> {
    return ((await this.history.countByPurpose(subject)).get(purpose) ?? 0) > 0;
  }

  /** The person's browser asks not to: each purpose under that control is withdrawn, once. */
  async honourPrivacyControl(subject: string): Promise<void> {
    for (const purpose of this.offered.gpcPurposes)
      await this.consents.withdrawOnce(subject, { purpose, ...GPC });
  }

  /** What is offered, and what the person has decided about besides. */
  private purposesOf(decided: readonly OwnConsent[]): OfferedPurposes['purposes'] {
    const { purposes } = this.offered;
    const others = decided.filter(({ purpose }) => !purposes.some(({ id }) => id === purpose));
    return [...purposes, ...others.map(({ purpose }) => ({ id: purpose, title: purpose }))];
  }
}

function viewOf(
  purpose: string,
  title: string,
  decided: OwnConsent | undefined,
  records: number = 0,
): ConsentView {
  return {
    purpose,
    title,
    granted: decided?.granted ?? false,
    ...(decided !== undefined && { since: decided.since }),
    records,
  };
}
