import { assertNever } from '#libs/essentials';
import { ConsentError } from './consent-error.js';
import { CONSENT_SCHEMA_VERSION, type ConsentRecord, type LawfulBasis } from './consent-record.js';
import { parseConsentRecord } from './validate.js';

/** A person's decisions by purpose: the newest record of each; a purpose without a record was never decided. */
export type ConsentsByPurpose = ReadonlyMap<string, ConsentRecord>;

export const noConsents: ConsentsByPurpose = new Map();

interface Decision {
  readonly subject: string;
  readonly purpose: string;
  readonly method: string;
  readonly evidenceReference: string;
}

interface Metadata {
  /** ISO 8601, UTC. */
  readonly now: string;
  /** UUID for the record, made at the edge. */
  readonly recordId: string;
}

export interface GrantConsent {
  readonly type: 'GrantConsent';
  readonly data: Decision & {
    readonly lawfulBasis: LawfulBasis;
    readonly personalDataCategories: readonly string[];
    readonly controller: string;
    readonly noticeReference: string;
  };
  readonly metadata: Metadata;
}

export interface WithdrawConsent {
  readonly type: 'WithdrawConsent';
  readonly data: Decision;
  readonly metadata: Metadata;
}

export type ConsentCommand = GrantConsent | WithdrawConsent;

/** Plain payload of the stored events of the same names; the payload is sealed before it is stored. */
export type ConsentDecided =
  | { readonly type: 'ConsentGranted'; readonly data: ConsentRecord }
  | { readonly type: 'ConsentWithdrawn'; readonly data: ConsentRecord };

/**
 * Decides a grant or a withdrawal by purpose. Withdrawing is as easy as giving (GDPR Art. 7(3)): it asks for no notice and no
 * reason, and takes the rest of the record from the grant.
 *
 * @returns undefined when the person's decision already stands: nothing happened, nothing is recorded
 * @throws ConsentError CONSENT_NOT_GIVEN when a withdrawal has nothing to withdraw, CONSENT_FIELD_… for a record that cannot stand
 */
export function decideConsent(
  command: ConsentCommand,
  consents: ConsentsByPurpose,
): ConsentDecided | undefined {
  switch (command.type) {
    case 'GrantConsent':
      return grant(command, consents);
    case 'WithdrawConsent':
      return withdraw(command, consents);
    default:
      return assertNever(command);
  }
}

function grant({ data, metadata }: GrantConsent, consents: ConsentsByPurpose): ConsentDecided | undefined {
  const { subject, method, evidenceReference, ...terms } = data;
  const current = consents.get(data.purpose);
  if (current?.event.state === 'given' && current.noticeReference === data.noticeReference) return undefined;
  const record = parseConsentRecord({
    ...terms,
    schemaVersion: CONSENT_SCHEMA_VERSION,
    recordId: metadata.recordId,
    piiPrincipal: subject,
    event: { state: 'given', time: metadata.now, method, evidenceReference },
  });
  return { type: 'ConsentGranted', data: record };
}

function withdraw(
  { data, metadata }: WithdrawConsent,
  consents: ConsentsByPurpose,
): ConsentDecided | undefined {
  const current = consents.get(data.purpose);
  if (current === undefined)
    throw new ConsentError('CONSENT_NOT_GIVEN', 'There is no consent for this purpose to withdraw', {
      nextStep: 'List the consents of this person and withdraw one of the purposes named there.',
    });
  if (current.event.state === 'withdrawn') return undefined;
  const { method, evidenceReference } = data;
  const record = parseConsentRecord({
    ...current,
    recordId: metadata.recordId,
    event: { state: 'withdrawn', time: metadata.now, method, evidenceReference },
  });
  return { type: 'ConsentWithdrawn', data: record };
}

/** Folds one decision into the state; the newest record of a purpose stands. */
export function evolveConsents(
  consents: ConsentsByPurpose,
  { type, data }: ConsentDecided,
): ConsentsByPurpose {
  switch (type) {
    case 'ConsentGranted':
    case 'ConsentWithdrawn':
      return new Map(consents).set(data.purpose, data);
    default:
      return assertNever(type);
  }
}
