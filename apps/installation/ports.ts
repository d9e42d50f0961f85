import { servingVersion } from '#libs/erasure';
import type { IdentityOfRequests } from '#stages/access';
import type { OwnConsents, OwnRecords } from '#stages/self-service';
import type { Ingest } from '#stages/ingest';
import type { LetterDesk } from '#stages/letters';
import type { NoticedPeople } from '#stages/recipients';
import type { ProtocolExports, ProtocolRequests } from '#stages/standards';
import type { FileVault } from '#stages/vault';
import {
  scopeOf,
  type PersonsConsents,
  type PurposeStop,
  type RecipientNotices,
  type RequestBook,
  type RequestService,
  type RequestStage,
  type SubjectRecords,
  type UnlearningRebuilds,
} from '#stages/requests';
import type { CertifiedModels, DatasetProofs } from '#stages/certification';
import type { DatasetMaps, Tombstones } from '#stages/datasets';
import type { Projections } from '#stages/projections';
import { secondsAhead, usualSeconds, type Engine } from '#stages/engine';
import type { PublishedModels } from '#stages/serving';
import type { ModelLines, RebuildProgress, Rebuilds } from '#stages/unlearning';

/*
 * Where stages meet: each function gives one stage's port the shape of another stage's service. Nothing here decides anything.
 */

export function subjectRecords({ people, catalogue, runner }: Projections): SubjectRecords {
  return {
    status: (subject) => people.status(subject),
    records: (subject) => people.records(subject),
    stored: (subject) => people.stored(subject),
    categoriesOf: (items) => catalogue.categoriesOf(items),
    settled: () => runner.caughtUp(),
  };
}

/** Decisions of people about purposes, by pseudonym. */
export function consentPorts(consents: Ingest['consents']): {
  readonly consents: PersonsConsents;
  readonly purposes: PurposeStop;
} {
  return {
    consents: { of: (subject) => consents.consentRecordsOf(subject) },
    purposes: { stop: (subject, purpose) => consents.stopPurpose(subject, purpose) },
  };
}

/** Rebuilds of one line, as the process manager of requests orders them. */
export function rebuildsOf(
  line: string,
  rebuilds: Rebuilds,
  lines: ModelLines,
  { history, jobs }: Pick<Engine, 'history' | 'jobs'>,
  onProgress: RebuildProgress,
  now: () => string,
): UnlearningRebuilds {
  return {
    secondsAhead: async () => secondsAhead(await jobs.open(), await history.of(line), now()),
    usualSeconds: async (shards) => usualSeconds(await history.of(line), shards),
    affectedShards: (subject, labels) => rebuilds.affectedShards(line, subject, labels),
    leftover: () => rebuilds.leftover(line),
    stands: (rebuildId) => rebuilds.stands(line, rebuildId),
    plan: (requests, shards) => rebuilds.plan({ line, reason: 'unlearning', requests, shards }),
    run: (rebuildId, dueAt) => rebuilds.run(rebuildId, onProgress, dueAt),
    settle: (rebuildId) => rebuilds.settle(line, rebuildId),
    partsOf: (rebuildId) => rebuilds.partsOf(line, rebuildId),
    serving: async () => {
      const state = await lines.get(line);
      const version = servingVersion(state)?.version;
      return version === undefined
        ? undefined
        : { line, version, shards: state.genesis.config.partition.shards };
    },
  };
}

export function publishedModels(line: string, lines: ModelLines): PublishedModels {
  return {
    current: async () => {
      const state = await lines.get(line);
      const manifest = await lines.servingManifest(state);
      return manifest && { genesis: state.genesis, manifest, partition: lines.partition(state) };
    },
  };
}

export function certifiedModels(line: string, lines: ModelLines): CertifiedModels {
  return {
    line: async (rebuildId) =>
      (rebuildId === null ? undefined : await lines.thatPublished(rebuildId)) ?? lines.get(line),
    manifestOf: (version) => lines.manifestOf(version),
    lines: async () => Promise.all((await lines.names()).map((name) => lines.get(name))),
  };
}

export function datasetProofs(maps: DatasetMaps, tombstones: Tombstones): DatasetProofs {
  return {
    delta: (before, after, labels) => maps.delta(after, before, after, labels),
    absence: (dataset, labels) => maps.absence(dataset, dataset, labels),
    tombstones: (requestId, labels) => tombstones.deltaOf(requestId, labels),
  };
}

export function identityOfRequests(
  requests: Pick<RequestService, 'isFollowKey' | 'identityVerified'>,
): IdentityOfRequests {
  return {
    isFollowKey: (requestId, key) => requests.isFollowKey(requestId, key),
    identityVerified: async (shown) => void (await requests.identityVerified(shown)),
  };
}

/** What is stored of one person, with the titles of items. */
export function ownRecords({ people, catalogue }: Projections): OwnRecords {
  return {
    records: (subject) => people.records(subject),
    describe: (items) => catalogue.describe(items),
  };
}

export function ownConsents({ consents }: Ingest): OwnConsents {
  return {
    of: async (subject) =>
      (await consents.consentRecordsOf(subject)).map(({ purpose, event: { state, time } }) => ({
        purpose,
        granted: state === 'given',
        since: time,
      })),
    grant: (subject, decision) => consents.grantTo(subject, decision),
    withdraw: (subject, decision) => consents.withdrawOf(subject, decision),
    withdrawOnce: (subject, decision) => consents.withdrawOnce(subject, decision),
  };
}

/** What recipients have to be told of a person, as long as it is known. */
export function noticedPeople(vault: FileVault, book: Pick<RequestBook, 'get'>): NoticedPeople {
  return {
    externalIdsOf: (subject) => {
      const known = vault.externalIdsOf(subject);
      const ids = known.filter(({ kind }) => kind === 'id'); // mail addresses only of somebody who has no other id
      return (ids.length > 0 ? ids : known).map(({ externalId }) => externalId);
    },
    scopeOf: (requestId) => scopeOf(vault, book.get(requestId)),
  };
}

/** Requests as protocols of others file them; a machine cancels in the name of whoever sent them. */
export function protocolRequests(
  vault: Pick<FileVault, 'findSubject'>,
  { requests, desk }: Pick<RequestStage, 'requests' | 'desk'>,
): ProtocolRequests {
  return {
    file: async (filing) => (await requests.file(filing)).state,
    find: (requestId) => requests.find(requestId),
    cancel: (requestId) => desk.cancel(requestId, 'machine'),
    subjectBehind: (id) => vault.findSubject(id),
  };
}

export function protocolExports({ exports }: Pick<RequestStage, 'exports'>): ProtocolExports {
  return {
    keptUntil: (state) => exports.keptUntil(state),
    read: (state, format) => exports[format](state),
  };
}

/** Before a person is forgotten, the last letter to them is sealed with what recipients are to be told. */
export function withFarewells(
  notices: RecipientNotices,
  letters: Pick<LetterDesk, 'prepareFarewell'>,
): RecipientNotices {
  return {
    prepare: async (state) => {
      await notices.prepare(state);
      await letters.prepareFarewell(state);
    },
    groupsOf: (requestId) => notices.groupsOf(requestId),
    recipientsOf: (requestId) => notices.recipientsOf(requestId),
    release: (requestId) => notices.release(requestId),
    enabled: () => notices.enabled(),
  };
}
