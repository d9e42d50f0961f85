import type { Genesis, ModelEvent } from '#libs/contracts';
import { refuseUnknownEvent } from '#libs/messaging';

export interface PublishedVersion {
  readonly version: number;
  /** SHA-256 of the manifest, hex. */
  readonly manifestDigest: string;
  readonly rebuildId: string;
  readonly reason: 'training' | 'unlearning';
  readonly ledgerIndex: number;
  readonly publishedAt: string;
  /** Set when the version was revoked. */
  readonly revokedAt?: string;
}

/** A model line: its genesis and the versions it has published, oldest first. The last one that is not revoked serves. */
export interface ModelLineState {
  readonly genesis: Genesis;
  readonly genesisDigest: string;
  readonly versions: readonly PublishedVersion[];
}

export function evolveModelLine(
  state: ModelLineState | undefined,
  event: ModelEvent,
): ModelLineState | undefined {
  switch (event.type) {
    case 'ModelGenesis': {
      const { genesis, genesisDigest } = event.data;
      return state ?? { genesis, genesisDigest, versions: [] };
    }
    case 'ModelPublished': {
      const { version, manifestDigest, rebuildId, reason, ledgerIndex, publishedAt } = event.data;
      if (state === undefined || state.versions.some((known) => known.version === version)) return state;
      return {
        ...state,
        versions: [
          ...state.versions,
          { version, manifestDigest, rebuildId, reason, ledgerIndex, publishedAt },
        ],
      };
    }
    case 'ModelRevoked': {
      const { version, revokedAt } = event.data;
      return (
        state && {
          ...state,
          versions: state.versions.map((known) =>
            known.version === version ? { ...known, revokedAt } : known,
          ),
        }
      );
    }
    default:
      return refuseUnknownEvent(event);
  }
}

/** The version that serves now; undefined before the first training. */
export function servingVersion(state: ModelLineState): PublishedVersion | undefined {
  return state.versions.findLast(({ revokedAt }) => revokedAt === undefined);
}

/** The version that served at a time, ISO 8601: the same answer whenever it is asked, whatever was published since. */
export function servedAt(state: ModelLineState, time: string): PublishedVersion | undefined {
  return state.versions.findLast(
    ({ publishedAt, revokedAt }) => publishedAt <= time && (revokedAt === undefined || revokedAt > time),
  );
}
