import { describe, expect, it } from '@jest/globals';
import { CONSENT_SCHEMA_VERSION, consentsAsJsonLd, type ConsentRecord } from './index.js';

const record = (changes: Partial<ConsentRecord> = {}): ConsentRecord => ({
  schemaVersion: CONSENT_SCHEMA_VERSION,
  recordId: '7f1d9b1e-0000-4000-8000-000000000001',
  piiPrincipal: 'a1b2',
  purpose: 'recommendations',
  lawfulBasis: 'consent',
  personalDataCategories: ['interactions with items'],
  controller: 'Example Shop Ltd',
  noticeReference: 'urn:our:notice:3',
  event: {
    state: 'given',
    time: '2026-01-31T10:00:00.000Z',
    method: 'web-form',
    evidenceReference: 'urn:our:1',
  },
  ...changes,
});
const withdrawn = record({
  recordId: '7f1d9b1e-0000-4000-8000-000000000002',
  event: {
    state: 'withdrawn',
    time: '2026-02-01T10:00:00.000Z',
    method: 'portal',
    evidenceReference: 'urn:our:2',
  },
});

describe('consents as JSON-LD', () => {
  it('are one record a purpose, with the fields of ISO/IEC TS 27560 under the names of DPV, and every decision', () => {
    const { '@graph': graph, '@context': context } = consentsAsJsonLd([record(), withdrawn]) as Record<
      string,
      unknown
    >;
    expect(context).toMatchObject({ dpv: 'https://w3id.org/dpv#', dct: 'http://purl.org/dc/terms/' });
    expect(graph).toEqual([
      {
        '@id': 'urn:uuid:7f1d9b1e-0000-4000-8000-000000000001',
        '@type': 'dpv:ConsentRecord',
        'dct:identifier': '7f1d9b1e-0000-4000-8000-000000000001',
        'dct:conformsTo': 'https://w3id.org/dpv/schema/dpv-27560#record',
        'dpv:hasDataSubject': {
          '@id': 'urn:lacuna:subject:a1b2',
          '@type': 'dpv:DataSubject',
          'dct:identifier': 'a1b2',
        },
        'dpv:hasDataController': {
          '@type': ['dpv:Organisation', 'dpv:DataController'],
          'dpv:hasName': 'Example Shop Ltd',
        },
        'dpv:hasProcess': {
          '@type': 'dpv:Process',
          'dpv:hasPurpose': { '@type': 'dpv:Purpose', 'dct:identifier': 'recommendations' },
          'dpv:hasPersonalData': [
            { '@type': 'dpv:PersonalData', 'dct:description': 'interactions with items' },
          ],
          'dpv:hasLegalBasis': ['eu-gdpr:A6-1-a'],
        },
        'dpv:hasNotice': { '@id': 'urn:our:notice:3', '@type': 'dpv:ConsentNotice' },
        'dpv:hasConsentStatus': [
          {
            '@type': 'dpv:ConsentGiven',
            'dpv:isIndicatedBy': 'dpv:DataSubject',
            'dpv:hasIndicationMethod': 'web-form',
            'dpv:isIndicatedAtTime': { '@type': 'xsd:dateTime', '@value': '2026-01-31T10:00:00.000Z' },
            'dct:source': 'urn:our:1',
          },
          expect.objectContaining({ '@type': 'dpv:ConsentWithdrawn', 'dpv:hasIndicationMethod': 'portal' }),
        ],
      },
    ]);
  });

  it('tell explicit consent from other, and purposes apart', () => {
    const explicit = record({ purpose: 'profiling', lawfulBasis: 'explicit-consent' });
    const { '@graph': graph } = consentsAsJsonLd([record(), explicit]) as {
      '@graph': Record<string, Record<string, unknown>>[];
    };
    expect(graph.map((one) => one['dpv:hasProcess']['dpv:hasLegalBasis'])).toEqual([
      ['eu-gdpr:A6-1-a'],
      ['dpv:ExplicitlyExpressedConsent', 'eu-gdpr:A9-2-a'],
    ]);
  });
});
