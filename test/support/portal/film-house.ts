import type { StaffRole } from '#libs/portal-contract';
import { openInstallation, DEFAULT_SETTINGS } from '../../../apps/installation/index.js';

export const PURPOSE = 'recommendations';
export const CONTROLLER = 'Film House';
/** Seconds for which an objection can be taken back: long enough to do something meanwhile. */
export const OBJECTION_GRACE = 30;
export const PEOPLE = Array.from({ length: 18 }, (_, at) => `member-${at + 1}`);

/** A request that an agent made for the last of them, under the CCPA. */
export const CALIFORNIAN = '7f1d9b1e-0000-4000-8000-00000000ca11';

/** Under which a person's mails come. */
export const mailOf = (person: string): string => `${person}@example.org`;

const FIRST = ['The Quiet', 'A Borrowed', 'Northern', 'The Last', 'Paper', 'Seven', 'Midnight', 'The Other'];
const SECOND = ['Harbour', 'Orchard', 'Signal', 'Waltz', 'Letters', 'Winter'];
const CATEGORIES = ['Comedy', 'Drama', 'Horror', 'Documentary'];
const DAY = 86_400;
const FIRST_DAY = Date.UTC(2026, 2, 2, 20, 15) / 1000;

export interface Film {
  readonly item: string;
  readonly title: string;
  readonly categories: readonly string[];
}

/** What the house shows: invented. */
export const FILMS: readonly Film[] = FIRST.flatMap((first, row) =>
  SECOND.map((second, column) => ({
    item: `film-${row * SECOND.length + column + 1}`,
    title: `${first} ${second}`,
    categories: [CATEGORIES[(row + column) % CATEGORIES.length]],
  })),
);

/** A member of staff to be, by the token of their set-up link. */
export interface Invited {
  readonly name: string;
  readonly roles: readonly StaffRole[];
  readonly staffId: string;
  readonly token: string;
}

/** Who works there: the token sets the account up. */
export const STAFF = {
  officer: { name: 'Olga Officer', roles: ['dpo'] },
  deputy: { name: 'Dan Deputy', roles: ['dpo'] },
  auditor: { name: 'Ada Auditor', roles: ['auditor'] },
  engineer: { name: 'Egon Engineer', roles: ['engineer'] },
  admin: { name: 'Alma Admin', roles: ['admin'] },
} as const satisfies Record<string, { name: string; roles: readonly StaffRole[] }>;
export type StaffName = keyof typeof STAFF;

export interface FilmHouse {
  readonly folder: string;
  readonly invited: Readonly<Record<StaffName, Invited>>;
}

/**
 * Makes the data folder of a small house: films, people with thirty and more records each, a trained line, staff who have been invited.
 *
 * @param url where its portal will be opened
 * @param films more of them; everybody has seen these, too
 * @param viewers more people, of whom each has seen six films
 */
export async function foundFilmHouse(
  folder: string,
  url: string,
  films: readonly Film[],
  viewers: number,
): Promise<FilmHouse> {
  const installation = await openInstallation({
    folder,
    line: { shards: 4 },
    threads: 1,
    settings: {
      consent: { ...DEFAULT_SETTINGS.consent, controller: CONTROLLER },
      authority: 'the Data Protection Authority',
      requests: { graceHours: { erasure: 0, objection: OBJECTION_GRACE / 3600 } },
      portal: {
        url,
        purposes: [
          { id: PURPOSE, title: 'Recommendations' },
          { id: 'newsletter', title: 'Newsletter' },
        ],
      },
    },
  });
  try {
    const { ingest, access, requests, trainings, vault } = installation;
    await ingest.catalogue.catalogue(
      [...FILMS, ...films].map((film) => ({ ...film, categories: [...film.categories] })),
    );
    const consent = { purpose: PURPOSE, method: 'form', evidenceReference: 'urn:example:form' };
    const options = { onBadLine: 'stop', newPeople: consent } as const;
    await ingest.imports.importEntries(seen(films), options);
    if (viewers > 0) await ingest.imports.importEntries(seenBy(viewers), options);
    for (const person of PEOPLE) ingest.aliases.add(person, { alias: mailOf(person) });
    await trainings.train();
    await requests.file({
      requestId: CALIFORNIAN,
      kind: 'restriction',
      subject: vault.findSubject(PEOPLE.at(-1)!)!,
      channel: 'drp',
      identity: 'agent-attested',
      regime: 'ccpa',
    });
    const invite = (who: StaffName): Invited => {
      const { name, roles } = STAFF[who];
      const { account, link } = access.accounts.invite(name, roles);
      return { name, roles, staffId: account.staffId, token: link.token };
    };
    return {
      folder,
      invited: {
        officer: invite('officer'),
        deputy: invite('deputy'),
        auditor: invite('auditor'),
        engineer: invite('engineer'),
        admin: invite('admin'),
      },
    };
  } finally {
    await installation.close();
  }
}

/** Everybody has seen about two thirds of the films, people with numbers near each other much the same ones. */
function* seen(films: readonly Film[]) {
  for (const [who, subject] of PEOPLE.entries()) {
    const theirs = [...FILMS.filter((_, at) => (at * 7 + who * 3) % 10 < 7), ...films];
    for (const [nth, { item }] of theirs.entries())
      yield {
        subject,
        item,
        type: 'rating',
        time: FIRST_DAY + (nth * 5 + (who % 5)) * DAY,
        value: 1 + ((who + nth * 3) % 5),
        purpose: PURPOSE,
      };
  }
}

/** People whose films follow one another in the programme, at one of three paces. */
function* seenBy(viewers: number) {
  for (let who = 0; who < viewers; who++)
    for (let nth = 0; nth < 6; nth++)
      yield {
        subject: `viewer-${who + 1}`,
        item: FILMS[(who * 7 + nth * (1 + (who % 3))) % FILMS.length].item,
        type: 'rating',
        time: FIRST_DAY + nth * DAY,
        value: 1 + ((who + nth) % 5),
        purpose: PURPOSE,
      };
}
