/** Version of the record's layout, named in every record (ISO/IEC TS 27560:2023, record header: schema version). */
export const CONSENT_SCHEMA_VERSION = 'urn:lacuna:consent-record:iso-27560-2023:v1';

/** Lawful bases of GDPR Art. 6(1) under which a person decides; other bases need no consent record. */
export const LAWFUL_BASES = ['consent', 'explicit-consent'] as const;
export type LawfulBasis = (typeof LAWFUL_BASES)[number];

/** What happened to the consent (ISO/IEC TS 27560:2023, event state). */
export const CONSENT_STATES = ['given', 'withdrawn'] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

/** The decision itself (ISO/IEC TS 27560:2023, consent event). */
export interface ConsentEvent {
  readonly state: ConsentState;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** How the decision was expressed, a token such as `web-form` or `bulk-import`. */
  readonly method: string;
  /** Where the proof is kept, a reference and not the proof itself. */
  readonly evidenceReference: string;
}

/**
 * A consent record shaped after ISO/IEC TS 27560:2023, for one purpose of one person: who (a pseudonym), whose processing,
 * what for, which data, on which notice, and the decision. It is sealed under the person's profile key before it is stored.
 */
export interface ConsentRecord {
  readonly schemaVersion: typeof CONSENT_SCHEMA_VERSION;
  /** UUID. */
  readonly recordId: string;
  /** Random pseudonym of the person (PII principal). */
  readonly piiPrincipal: string;
  /** The one purpose that this record decides about. */
  readonly purpose: string;
  readonly lawfulBasis: LawfulBasis;
  readonly personalDataCategories: readonly string[];
  readonly controller: string;
  /** The privacy notice that was shown, and its version. */
  readonly noticeReference: string;
  readonly event: ConsentEvent;
}
