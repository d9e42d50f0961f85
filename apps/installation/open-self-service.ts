import { isClosed } from '#libs/erasure';
import { OwnChoices, OwnHistory } from '#stages/self-service';
import type { Models } from './open-models.js';
import type { Requests } from './open-requests.js';
import type { Stores } from './open-stores.js';
import { portalOf } from './portal-settings.js';
import { ownConsents, ownRecords } from './ports.js';

/** What people see and decide of their own. */
export interface SelfService {
  readonly ownHistory: OwnHistory;
  readonly ownChoices: OwnChoices;
}

export function openSelfService(
  { settings }: Pick<Stores, 'settings'>,
  { ingest, projections }: Pick<Models, 'ingest' | 'projections'>,
  { requests }: Pick<Requests, 'requests'>,
): SelfService {
  const ownHistory = new OwnHistory(ownRecords(projections));
  const countOpen = (subject: string): number =>
    requests.all().filter((state) => state.subject === subject && !isClosed(state)).length;
  return {
    ownHistory,
    ownChoices: new OwnChoices(
      ownConsents(ingest),
      ownHistory,
      portalOf(settings),
      countOpen,
      (subject, purpose, receipt) => requests.unlearnPurpose(subject, purpose, receipt),
    ),
  };
}
