import type { EventStore, RecordedEvent, Vault } from '#libs/messaging';
import type { ConsentTerms } from './consent-service.js';
import { createIngest, type Ingest, type IngestOptions } from './create-ingest.js';
import { systemEdge, type Edge } from './edge.js';
import type { InteractionEntry } from './interaction.js';

export const NOW = Date.UTC(2026, 0, 31, 8);

export const edge: Edge = { ...systemEdge, now: () => NOW };

export const consentTerms: ConsentTerms = {
  controller: 'Example Streaming Ltd',
  noticeReference: 'notice-2026-01',
  personalDataCategories: ['ratings'],
  lawfulBasis: 'consent',
};

export const consentOf = (subject: string, purpose = 'recommendations') => ({
  subject,
  purpose,
  method: 'web-form',
  evidenceReference: 'form-log-17',
});

export const films = [
  { item: '1', title: 'Toy Story (1995)', categories: ['Animation', 'Comedy'] },
  { item: '2', title: 'GoldenEye (1995)', categories: ['Action'] },
];

export const features = ['age=25', 'gender=F'].map((item) => ({
  item,
  title: item,
  categories: [],
  kind: 'feature' as const,
}));

/** Something that Ana has stated of herself. */
export const stated = (change: Partial<InteractionEntry> = {}): InteractionEntry => ({
  subject: 'ana',
  item: 'age=25',
  kind: 'feature',
  type: 'profile',
  time: 978_300_000,
  value: 1,
  purpose: 'personalisation',
  ...change,
});

export const rating = (change: Partial<InteractionEntry> = {}): InteractionEntry => ({
  subject: 'ana',
  item: '1',
  type: 'rating',
  time: 978_300_019,
  value: 5,
  purpose: 'recommendations',
  ...change,
});

export type Fixture = Ingest & { readonly store: EventStore; readonly vault: Vault };

export async function openFixture(
  store: EventStore,
  vault: Vault,
  options: Partial<IngestOptions> = {},
): Promise<Fixture> {
  const ingest = await createIngest({ store, vault, edge, consentTerms, ...options });
  return { ...ingest, store, vault };
}

/** Two films in the catalogue, and Ana, who has consented to recommendations. */
export async function withFilmsAndAna(fixture: Fixture): Promise<string> {
  await fixture.catalogue.catalogue(films);
  return (await fixture.consents.grant(consentOf('ana'))).subject;
}

export async function eventsOf(store: EventStore, ...types: string[]): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll({ filter: { types } })) events.push(event);
  return events;
}

/** What an act threw; fails the spec by comparison when it threw nothing. */
export async function thrownBy(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}
