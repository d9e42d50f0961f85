import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import type { DataOf } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { streamNames } from '#libs/messaging';
import { loadTrust, type TrustPolicy } from '#libs/verification';
import type { InteractionEntry } from '#stages/ingest';
import { TrainingPool } from '#stages/training';
import {
  openInstallation,
  type Installation,
  type InstallationOptions,
} from '../../apps/installation/index.js';

export const PURPOSE = 'recommendations';
export const CATEGORIES = ['Comedy', 'Drama', 'Horror'];
export const PEOPLE = Array.from({ length: 12 }, (_, person) => `person-${person}`);
export const ITEMS = Array.from({ length: 30 }, (_, item) => ({
  item: `i${item}`,
  title: `Item ${item}`,
  categories: [CATEGORIES[item % 3]],
}));

const START = Date.UTC(2026, 0, 31, 10);
const consent = { purpose: PURPOSE, method: 'test', evidenceReference: 'urn:test:evidence' };

/** A clock that stands still, so that two runs over copies of a folder sign the same statements. */
export const fixedClock = (): Date => new Date(START);

/** Folders that are removed together at the end of a spec file. */
export class TemporaryFolders {
  private readonly home = mkdtempSync(path.join(tmpdir(), 'lacuna-test-'));
  private count = 0;

  next(): string {
    return path.join(this.home, `folder-${this.count++}`);
  }

  copyOf(folder: string): string {
    const copy = this.next();
    cpSync(folder, copy, { recursive: true });
    return copy;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** One thread trains for all installations of a spec file: to start it takes longer than what it does there. */
const lentPool = new TrainingPool({ threads: 1 });
afterAll(() => lentPool.close());

export function openSmall(folder: string, options: Partial<InstallationOptions> = {}): Promise<Installation> {
  return openInstallation({ folder, line: { shards: 3 }, threads: 1, lentPool, now: fixedClock, ...options });
}

/** Opens, works, closes. */
export async function using<T>(
  folder: string,
  work: (installation: Installation) => Promise<T>,
  options: Partial<InstallationOptions> = {},
): Promise<T> {
  const installation = await openSmall(folder, options);
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}

/** Whom a stranger believes who was given the trust files of the installation. */
export function trustOf({ trustFiles }: Installation): TrustPolicy {
  return loadTrust({
    logVkey: utf8(trustFiles['log.vkey']),
    trustedRoot: utf8(trustFiles['trusted-root.json']),
    signerPem: utf8(trustFiles['certificate-signer.pem']),
  });
}

/** What the event log tells of the ledger's keys. */
export async function announcedIn<T extends 'LogKeyAnnounced' | 'SignerKeyAnnounced'>(
  { store, settings }: Installation,
  wanted: T,
): Promise<DataOf<T>[]> {
  const announced: DataOf<T>[] = [];
  for await (const { type, data } of store.readStream(streamNames.ledger(settings.origin)))
    if (type === wanted) announced.push(data as DataOf<T>);
  return announced;
}

/** What the people of the small world did: everybody rated a third of the items, neighbours alike. */
export function interactionsOf(people: readonly string[] = PEOPLE): InteractionEntry[] {
  return people.flatMap((subject) => {
    const person = PEOPLE.indexOf(subject);
    return ITEMS.filter((_, item) => (item * 7 + person * 3) % 10 < 4).map(({ item }, at) => ({
      subject,
      item,
      type: 'rating',
      time: Date.UTC(2025, 0, 1 + at) / 1000,
      value: 1 + ((person + at) % 5),
      purpose: PURPOSE,
    }));
  });
}

/** Catalogue, consents and interactions of the small world. */
export async function populate({ ingest }: Installation, entries = interactionsOf()): Promise<void> {
  await ingest.catalogue.catalogue(ITEMS);
  const summary = await ingest.imports.importEntries(entries, { onBadLine: 'stop', newPeople: consent });
  if (summary.recorded !== entries.length)
    throw new Error(`recorded ${summary.recorded} of ${entries.length}`);
}

/** The people of each shard of the line in use, which assigns by person; the shard with most people first. */
export async function peopleByShard({ lines, vault }: Installation): Promise<string[][]> {
  const partition = lines.partition(await lines.get('main'));
  const byShard = new Map<number, string[]>();
  for (const person of PEOPLE) {
    const shard = partition.shardOf({ subject: vault.findSubject(person)!, label: new Uint8Array(32) });
    byShard.set(shard, [...(byShard.get(shard) ?? []), person]);
  }
  return [...byShard.values()].sort((a, b) => b.length - a.length);
}
