import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { keyNames } from '#libs/contracts';
import { eventsBetween } from '#libs/messaging';
import type { Traffic } from '#platform/http';
import { ownerOf } from '#platform/object-store';
import type { Installation } from '../installation/index.js';

/** Something without which this process cannot do its work. */
export interface Need {
  /** Said when it is missing; nothing else is. */
  readonly code: string;
  /** What it throws counts as missing, and so does an answer that is late. */
  readonly isMet: () => boolean | Promise<boolean>;
}

const PATIENCE = 2_000; // ms for each
const KEPT = 500; // ms: everybody may ask, and the answer costs something
/** Events by which read models may lag: what is folded in windows from here on is a backlog. */
const MOST_LAG = 50_000;

/** Whether this process is able to do its work, and by code what is missing for it. */
export class Readiness {
  private asked: { readonly at: number; readonly missing: Promise<string[]> } | undefined;

  constructor(
    private readonly needs: readonly Need[],
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Codes, in the order of the needs; none when it is ready. */
  missing(): Promise<string[]> {
    const at = this.now();
    if (this.asked === undefined || at - this.asked.at > KEPT) this.asked = { at, missing: this.ask() };
    return this.asked.missing;
  }

  private async ask(): Promise<string[]> {
    const met = await Promise.all(this.needs.map(isMetInTime));
    return this.needs.filter((_, at) => !met[at]).map(({ code }) => code);
  }
}

async function isMetInTime({ isMet }: Need): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([
      (async () => isMet())(),
      setTimeout(PATIENCE, false, { signal: late.signal, ref: false }),
    ]);
  } catch {
    return false;
  } finally {
    late.abort();
  }
}

/** @param leastFree bytes of room on the disk of the data folder below which nothing more is taken */
export function needsOf(installation: Installation, traffic: Traffic, leastFree: number): Need[] {
  const { store, vault, ledger, folder, objects, settings } = installation;
  return [
    { code: 'SERVER_STOPPING', isMet: () => !traffic.isStopping },
    { code: 'EVENT_STORE_UNREACHABLE', isMet: async () => (await store.head()) >= 0n },
    ...readModelsOf(installation),
    {
      code: 'OBJECT_STORE_UNREACHABLE',
      isMet: async () => objects === undefined || (await ownerOf(objects)) === settings.installation,
    },
    { code: 'VAULT_UNAVAILABLE', isMet: () => vault.keyState(keyNames.outbox) === 'live' },
    { code: 'DISK_ALMOST_FULL', isMet: async () => (await freeBytes(folder.paths.root)) >= leastFree },
    {
      code: 'LEDGER_UNWRITABLE',
      isMet: async () => {
        await access(folder.paths.ledger, constants.W_OK);
        return ledger.size() >= 0;
      },
    },
  ];
}

/** Caught up once since the start; from then on not far behind. */
function readModelsOf({ store, projections: { runner } }: Installation): Need[] {
  let wasCaughtUp = false;
  runner.caughtUp().then(
    () => (wasCaughtUp = true),
    () => {}, // the first of the needs says so
  );
  const isNear = async (): Promise<boolean> =>
    eventsBetween(store, await runner.position(), await store.head()) <= MOST_LAG ||
    (await runner.firstLacked()) === undefined;
  return [
    { code: 'READ_MODELS_UNREACHABLE', isMet: async () => (await runner.position()) >= 0n },
    { code: 'READ_MODELS_STOPPED', isMet: () => runner.failure === undefined },
    { code: 'READ_MODELS_BEHIND', isMet: async () => wasCaughtUp && (await isNear()) },
  ];
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
