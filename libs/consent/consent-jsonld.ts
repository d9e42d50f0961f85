import type { ConsentRecord } from './consent-record.js';

/** Prefixes as the W3C guide to ISO/IEC TS 27560 with DPV gives them (https://w3id.org/dpv/guides/consent-27560, section 3). */
const CONTEXT = {
  dpv: 'https://w3id.org/dpv#',
  'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
  dct: 'http://purl.org/dc/terms/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;
const CONFORMS_TO = 'https://w3id.org/dpv/schema/dpv-27560#record';
const STATES = { given: 'dpv:ConsentGiven', withdrawn: 'dpv:ConsentWithdrawn' } as const;
const BASES = {
  consent: ['eu-gdpr:A6-1-a'],
  'explicit-consent': ['dpv:ExplicitlyExpressedConsent', 'eu-gdpr:A9-2-a'],
} as const;

/**
 * The consents of a person as ISO/IEC TS 27560 records in JSON-LD: one record a purpose, with every decision in its order.
 *
 * @param history all records of one person, oldest first
 */
export function consentsAsJsonLd(history: readonly ConsentRecord[]): object {
  const byPurpose = new Map<string, ConsentRecord[]>();
  for (const record of history)
    byPurpose.set(record.purpose, [...(byPurpose.get(record.purpose) ?? []), record]);
  return { '@context': CONTEXT, '@graph': [...byPurpose.values()].map(recordOf) };
}

function recordOf(decisions: readonly ConsentRecord[]): object {
  const [first] = decisions;
  const last = decisions[decisions.length - 1];
  return {
    '@id': `urn:uuid:${first.recordId}`,
    '@type': 'dpv:ConsentRecord',
    'dct:identifier': first.recordId,
    'dct:conformsTo': CONFORMS_TO,
    'dpv:hasDataSubject': {
      '@id': `urn:lacuna:subject:${first.piiPrincipal}`,
      '@type': 'dpv:DataSubject',
      'dct:identifier': first.piiPrincipal,
    },
    'dpv:hasDataController': {
      '@type': ['dpv:Organisation', 'dpv:DataController'],
      'dpv:hasName': last.controller,
    },
    'dpv:hasProcess': {
      '@type': 'dpv:Process',
      'dpv:hasPurpose': { '@type': 'dpv:Purpose', 'dct:identifier': last.purpose },
      'dpv:hasPersonalData': last.personalDataCategories.map((category) => ({
        '@type': 'dpv:PersonalData',
        'dct:description': category,
      })),
      'dpv:hasLegalBasis': BASES[last.lawfulBasis],
    },
    'dpv:hasNotice': { '@id': last.noticeReference, '@type': 'dpv:ConsentNotice' },
    'dpv:hasConsentStatus': decisions.map(statusOf),
  };
}

function statusOf({ event: { state, time, method, evidenceReference } }: ConsentRecord): object {
  return {
    '@type': STATES[state],
    'dpv:isIndicatedBy': 'dpv:DataSubject',
    'dpv:hasIndicationMethod': method,
    'dpv:isIndicatedAtTime': { '@type': 'xsd:dateTime', '@value': time },
    'dct:source': evidenceReference,
  };
}
