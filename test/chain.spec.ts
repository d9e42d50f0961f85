import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseBundle } from '#libs/certificate';
import { verifyCertificate } from '#libs/verification';
import { utf8 } from '#libs/essentials';
import { strategyConfig } from '#libs/learning';
import type { EntryResult } from '#stages/ingest';
import { useLine, type Installation } from '../apps/installation/index.js';
import { diesBeforeEvent } from './support/interruptions.js';
import { unnamedFiles } from './support/model-files.js';
import {
  interactionsOf,
  ITEMS,
  openSmall,
  PEOPLE,
  populate,
  PURPOSE,
  TemporaryFolders,
  trustOf,
  using,
} from './support/small-installation.js';

const folders = new TemporaryFolders();
afterAll(() => folders.remove());

let trained: string;
beforeAll(async () => {
  trained = folders.next();
  await using(trained, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
});

const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const withdrawHorror = (installation: Installation, requestId = REQUEST, externalId = PEOPLE[4]) =>
  installation.requests.withdraw({ requestId, externalId, channel: 'cli' }, { categories: ['Horror'] });
const erase = (installation: Installation, requestId = REQUEST, externalId = PEOPLE[4]) =>
  installation.requests.erase({ requestId, externalId, channel: 'cli' });

/** What a version is, whenever and in however many steps it was made. */
async function modelBytes({ trainings }: Installation) {
  const { shards, aggregator } = (await trainings.servingManifest())!;
  return {
    aggregator: aggregator.digest,
    shards: shards.map(({ shard, datasetRoot, digest }) => ({ shard, datasetRoot, digest })),
    records: shards.reduce((sum, { count }) => sum + count, 0),
  };
}

const resultOf = (result: EntryResult) => ('code' in result ? result.code : result.status);

/** Bytes of everything below a folder, as text that can be searched. */
function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath ?? entry.path, entry.name), 'latin1'))
    .join('\n');
}

describe('a withdrawal', () => {
  it('rebuilds the shard that held the records and leaves the others byte for byte', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const before = (await installation.trainings.servingManifest())!;
      await (
        await withdrawHorror(installation)
      ).finished;
      const after = (await installation.trainings.servingManifest())!;
      const changed = after.shards.filter((shard, at) => shard.digest !== before.shards[at].digest);
      expect(changed).toHaveLength(1);
      expect(after.version).toBe(before.version + 1);
      expect(after.catalogue).toEqual(before.catalogue);
    });
  });

  it('makes the model that training without the records makes', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await (
        await withdrawHorror(installation)
      ).finished;
      const unlearned = await modelBytes(installation);
      await installation.trainings.train();
      expect(await modelBytes(installation)).toEqual(unlearned);
    });
  });

  it('keeps the other records of the person, under a new key', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const subject = installation.vault.findSubject(PEOPLE[4])!;
      const all = await installation.subjects.records(subject);
      const state = await (await withdrawHorror(installation)).finished;
      const kept = await installation.subjects.records(subject);
      expect(state).toMatchObject({ status: 'closed', generation: 1, kept: kept.length });
      expect(kept).toEqual(all.filter(({ item }) => Number(item.slice(1)) % 3 !== 2));
      expect(installation.vault.keyState(`${subject}/interactions~0`)).toBe('destroyed');
      expect(installation.vault.keyState(`${subject}/interactions~1`)).toBe('live');
    });
  });

  it('may name single records by the labels that the history shows', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const [first, second, ...rest] = await installation.history.of(PEOPLE[4]);
      const submission = { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' } as const;
      const { finished } = await installation.requests.withdraw(submission, {
        labels: [first.label, second.label],
      });
      expect(await finished).toMatchObject({ status: 'closed', kept: rest.length });
      expect(await installation.history.of(PEOPLE[4])).toEqual(rest);
    });
  });

  it('is refused with nothing in scope, and refusing changes no model', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const before = await installation.trainings.servingManifest();
      const { finished } = await installation.requests.withdraw(
        { requestId: REQUEST, externalId: PEOPLE[4], channel: 'cli' },
        { categories: ['Western'] },
      );
      expect(await finished).toMatchObject({ status: 'closed-refused', reason: 'NO_RECORD_IN_SCOPE' });
      expect(await installation.trainings.servingManifest()).toEqual(before);
    });
  });

  it('cannot be undone by adding the records again', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await (
        await withdrawHorror(installation)
      ).finished;
      const horror = interactionsOf([PEOPLE[4]]).filter(({ item }) => Number(item.slice(1)) % 3 === 2);
      const results = await installation.ingest.interactions.record(horror);
      expect(results.map((result) => 'code' in result && result.code)).toEqual(
        horror.map(() => 'RECORD_ERASED'),
      );
    });
  });

  it('cannot be undone by adding the records a second later, also after a restart and with read models made anew', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      await (
        await withdrawHorror(installation)
      ).finished;
    });
    for (const file of readdirSync(folder).filter((name) => name.startsWith('read-models.db')))
      rmSync(path.join(folder, file));
    await using(folder, async (installation) => {
      const all = interactionsOf([PEOPLE[4]]);
      const later = all.map((entry) => ({ ...entry, time: entry.time + 1 }));
      const isHorror = ({ item }: { item: string }) => Number(item.slice(1)) % 3 === 2;
      const before = await installation.history.of(PEOPLE[4]);
      expect((await installation.ingest.interactions.record(all)).map(resultOf)).toEqual(
        all.map((entry) => (isHorror(entry) ? 'RECORD_ERASED' : 'duplicate')),
      );
      expect((await installation.ingest.interactions.record(later.filter(isHorror))).map(resultOf)).toEqual(
        all.filter(isHorror).map(() => 'RECORD_RESEMBLES_ERASED'),
      );
      expect(await installation.history.of(PEOPLE[4])).toEqual(before);
    });
  });

  it('follows from a withdrawal of consent by itself, and from every restart only once', async () => {
    const folder = folders.copyOf(trained);
    await using(folder, async (installation) => {
      await installation.ingest.consents.withdraw({
        subject: PEOPLE[4],
        purpose: PURPOSE,
        method: 'test',
        evidenceReference: 'urn:test:withdrawal',
      });
      await installation.resume();
      expect(installation.requests.all()).toMatchObject([{ status: 'closed', kind: 'withdrawal', kept: 0 }]);
    });
    await using(folder, async (installation) => {
      await installation.resume();
      expect(installation.requests.all()).toHaveLength(1);
    });
  });

  it('of consent leaves alone what is recorded after consent was given anew', async () => {
    const folder = folders.copyOf(trained);
    const decision = {
      subject: PEOPLE[4],
      purpose: PURPOSE,
      method: 'test',
      evidenceReference: 'urn:test:decision',
    };
    await using(folder, async (installation) => {
      await installation.ingest.consents.withdraw(decision);
      await installation.resume();
      await installation.ingest.consents.grant(decision);
      const [entry] = interactionsOf([PEOPLE[4]]);
      await installation.ingest.interactions.record([{ ...entry, type: 'second look' }]);
    });
    await using(folder, async (installation) => {
      await installation.resume();
      const subject = installation.vault.findSubject(PEOPLE[4])!;
      expect(await installation.subjects.records(subject)).toMatchObject([{ type: 'second look' }]);
      expect(installation.requests.all()).toHaveLength(1);
    });
  });
});

describe('an erasure', () => {
  it('makes the model that training without the person makes', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await (
        await erase(installation)
      ).finished;
      const unlearned = await modelBytes(installation);
      await installation.trainings.train();
      expect(await modelBytes(installation)).toEqual(unlearned);
      const others = interactionsOf(PEOPLE.filter((person) => person !== PEOPLE[4]));
      expect(unlearned.records).toBe(others.length);
    });
  });

  it('leaves nothing of the person in any store', async () => {
    const folder = folders.next();
    const revealing = interactionsOf([PEOPLE[4]]).map((entry, at) => ({
      ...entry,
      type: `unique-type-${at}`,
    }));
    await using(folder, async (installation) => {
      await populate(installation, [
        ...interactionsOf(PEOPLE.filter((person) => person !== PEOPLE[4])),
        ...revealing,
      ]);
      await installation.trainings.train();
    });
    const train = ({ trainings }: Installation): Promise<unknown> => trainings.train();
    const seen = new Set(revealing.map(({ item }) => item));
    const unseen = ITEMS.filter(({ item }) => !seen.has(item));
    const more = unseen.map(({ item }) => ({ ...revealing[0], item })); // so that the next training makes other files
    await using(folder, (installation) => populate(installation, more));
    expect(await diesBeforeEvent('ShardRebuilt', () => using(folder, train))).toBe(true); // no event names them
    expect(contentsOf(folder)).toContain('unique-type-0'); // read models hold records in the clear until then
    await using(folder, async (installation) => {
      await (
        await erase(installation)
      ).finished;
      expect(await unnamedFiles(installation)).toEqual([]); // models name nobody, and carry what they have learned all the same
    });
    const left = contentsOf(folder);
    expect(left).not.toContain('unique-type-');
    expect(left).not.toContain(PEOPLE[4]);
  });

  it('makes the person a stranger, who may come back as somebody new', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const old = installation.vault.findSubject(PEOPLE[4]);
      await (
        await erase(installation)
      ).finished;
      await expect(installation.recommendations.recommend(PEOPLE[4], 3)).rejects.toMatchObject({
        code: 'SUBJECT_UNKNOWN',
      });
      await expect(erase(installation, '7f1d9b1e-0000-4000-8000-000000000002')).rejects.toMatchObject({
        code: 'SUBJECT_UNKNOWN',
      });
      await populate(installation, interactionsOf([PEOPLE[4]]));
      expect(installation.vault.findSubject(PEOPLE[4])).not.toBe(old);
    });
  });

  it('of somebody whose records no shard holds leaves every model as it is, and is certified', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const externalId = 'onlooker';
      const decision = { purpose: PURPOSE, method: 'test', evidenceReference: 'urn:test:decision' };
      await installation.ingest.consents.grant({ subject: externalId, ...decision });
      const before = await installation.trainings.servingManifest();
      const state = await (await erase(installation, REQUEST, externalId)).finished;
      expect(state).toMatchObject({ status: 'closed', rebuildId: null });
      expect(await installation.trainings.servingManifest()).toEqual(before);
      expect(await installation.certificates.read(REQUEST)).toBeDefined();
    });
  });

  it('before anything was published is certified, too', async () => {
    const folder = folders.next();
    await using(folder, async (installation) => {
      await populate(installation);
      const state = await (await erase(installation)).finished;
      expect(state).toMatchObject({ status: 'closed', rebuildId: null });
      const certificate = JSON.stringify(await installation.certificates.read(REQUEST));
      const trust = trustOf(installation);
      expect(verifyCertificate({ bundle: utf8(certificate), trust }).certificate.model).toBeNull();
    });
  });
});

describe('the certificate of one person in eight shards', () => {
  const bytesOfAHash = Buffer.alloc(32).toString('base64').length + 3; // in quotation marks, with a comma
  const byRecord = {
    ...strategyConfig('sisa', { purpose: PURPOSE }),
    partition: { kind: 'by-record', shards: 8 },
  };
  const many = [0, 1, 2, 3].flatMap((month) =>
    ITEMS.map(({ item }, day) => ({
      ...interactionsOf([PEOPLE[4]])[0],
      item,
      time: Date.UTC(2025, 1 + month, 1 + day) / 1000,
    })),
  ); // so that some lie in every shard, but for one time in a million

  it.each([
    ['of which one was affected', { shards: 8 }, 1],
    ['all of which were affected', { config: byRecord }, 8],
  ])('%s has at most 10 KB, also in a log of a million entries', async (_, line, affected) => {
    await using(
      folders.next(),
      async (installation) => {
        await populate(installation, [...interactionsOf(), ...many]);
        await installation.trainings.train();
        await (
          await erase(installation)
        ).finished;
        const { model } = await installation.certificates.predicate(REQUEST);
        expect([model!.affectedShards.length, model!.unaffectedShards.length]).toEqual([
          affected,
          8 - affected,
        ]);
        const file = readFileSync(installation.certificates.fileOf(REQUEST));
        const { proof } = parseBundle(Uint8Array.from(file)).entry;
        const room = (20 - proof.hashes.length) * bytesOfAHash;
        expect(file.length + room).toBeLessThanOrEqual(10 * 1024);
      },
      { line },
    );
  });
});

describe('requests that wait together', () => {
  it('share one rebuild', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const before = (await installation.trainings.servingManifest())!.version;
      const blocked = installation.trainings.train(); // holds the lane while both arrive
      const submitted = await Promise.all([
        withdrawHorror(installation),
        erase(installation, '7f1d9b1e-0000-4000-8000-000000000002', PEOPLE[7]),
      ]);
      await blocked;
      const states = await Promise.all(submitted.map(({ finished }) => finished));
      const rebuilds = new Set(states.map((state) => 'rebuildId' in state && state.rebuildId));
      expect(rebuilds.size).toBe(1);
      expect((await installation.trainings.servingManifest())!.version).toBe(before + 2);
    });
  });
});

describe('a request that a training overtakes', () => {
  it('is certified against the version that still knew the records, and revokes every version since', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const before = (await installation.trainings.servingManifest())!.version;
      const training = installation.trainings.train(); // plans before the erasure; the next one takes in the quarantine
      const again = installation.trainings.train();
      const { finished } = await erase(installation);
      await Promise.all([training, again]);
      const state = await finished;
      expect(state.status).toBe('closed');
      const bundle = utf8(JSON.stringify(await installation.certificates.read(REQUEST)));
      const trust = trustOf(installation);
      const { model, deleted } = verifyCertificate({ bundle, trust }).certificate;
      const { before: old, after } = model!.manifest;
      expect(model!.affectedShards).toHaveLength(1);
      expect(model!.affectedShards[0].delta!.deleted).toBeGreaterThanOrEqual(deleted.count);
      expect(old.version).toBeGreaterThanOrEqual(before);
      expect(model!.serving.revoked.map(({ version }) => version)).toEqual(
        Array.from({ length: after.version - old.version }, (_, at) => old.version + at),
      );
    });
  });
});

describe('a withdrawal and an erasure of one person', () => {
  it('are both finished when the erasure comes first to the shredder', async () => {
    let failing = true;
    const installation = await openSmall(folders.copyOf(trained), {
      onRequestStep: (requestId, step, when) => {
        if (failing && requestId === REQUEST && step === 'erase' && when === 'before')
          throw new Error('held up');
      },
    });
    try {
      const withdrawal = await withdrawHorror(installation);
      const erasure = await erase(installation, '7f1d9b1e-0000-4000-8000-000000000002');
      await expect(withdrawal.finished).rejects.toThrow('held up');
      await erasure.finished.catch(() => {}); // it shared the turn of the one that was held up
      failing = false;
      await installation.resume();
      expect(installation.requests.all().map(({ status }) => status)).toEqual(['closed', 'closed']);
      expect(await installation.certificates.read(REQUEST)).toBeDefined();
    } finally {
      await installation.close();
    }
  });
});

describe('recommendations', () => {
  it('never offer an item that the person has seen', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const seen = new Set(interactionsOf([PEOPLE[2]]).map(({ item }) => item));
      const { items } = await installation.recommendations.recommend(PEOPLE[2], 100);
      expect(items).toHaveLength(ITEMS.length - seen.size);
      expect(items.filter(({ item }) => seen.has(item))).toEqual([]);
    });
  });

  it('never offer an item that was withdrawn from the catalogue', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      const [{ item }] = (await installation.recommendations.recommend(PEOPLE[2], 1)).items;
      await installation.ingest.catalogue.withdraw(item);
      expect(
        (await installation.recommendations.recommend(PEOPLE[2], 100)).items.map((offered) => offered.item),
      ).not.toContain(item);
    });
  });

  it('leave a shard out while records in it wait to be unlearned', async () => {
    const installation = await openSmall(folders.copyOf(trained), {
      onRequestStep: (_, step, when) => {
        if (step === 'rebuild' && when === 'before') throw new Error('stopped before the rebuild');
      },
    });
    try {
      const { state, finished } = await withdrawHorror(installation);
      expect(state.status).toBe('quarantined');
      await expect(finished).rejects.toThrow('stopped before the rebuild');
      const { quarantinedShards } = await installation.recommendations.recommend(PEOPLE[4], 3);
      expect(quarantinedShards).toHaveLength(1);
    } finally {
      await installation.close();
    }
  });

  it('are there at every moment of a swap', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      let swapping = true;
      const versions = new Set<number>();
      const asking = (async () => {
        while (swapping) {
          versions.add((await installation.recommendations.recommend(PEOPLE[1], 3)).model.version);
          await new Promise(setImmediate);
        }
      })();
      await (
        await erase(installation, REQUEST, PEOPLE[9])
      ).finished;
      versions.add((await installation.recommendations.recommend(PEOPLE[1], 3)).model.version);
      swapping = false;
      await asking; // rejects when any answer failed
      expect([...versions].sort()).toEqual([1, 2]);
    });
  });

  it('are refused with a next step before the first training', async () => {
    await using(folders.next(), async (installation) => {
      await populate(installation);
      await expect(installation.recommendations.recommend(PEOPLE[0], 3)).rejects.toMatchObject({
        code: 'MODEL_NOT_PUBLISHED',
        nextStep: expect.stringContaining('lacuna train'),
      });
    });
  });
});

describe('read models', () => {
  it('are the same after a rebuild from zero, also after a withdrawal and an erasure', async () => {
    await using(folders.copyOf(trained), async (installation) => {
      await (
        await withdrawHorror(installation)
      ).finished;
      await (
        await erase(installation, '7f1d9b1e-0000-4000-8000-000000000002', PEOPLE[7])
      ).finished;
      await installation.projections.runner.caughtUp();
      const before = await installation.projections.digest();
      await installation.projections.runner.rebuild();
      expect(await installation.projections.digest()).toBe(before);
    });
  });
});

describe('a model line', () => {
  const beginNew = async (folder: string) => {
    await using(folder, ({ folder: { paths } }) => useLine(paths.root, 'second'));
  };

  it('retires the one before with its first version, whose files are then gone', async () => {
    const folder = folders.copyOf(trained);
    const old = await using(
      folder,
      async (installation) => (await installation.trainings.servingManifest())!,
    );
    await beginNew(folder);
    await using(folder, async (installation) => {
      await installation.trainings.train();
      expect(await installation.lines.get('main')).toMatchObject({
        versions: [{ revokedAt: expect.any(String) }],
      });
      await expect(installation.registry.get(old.shards[0].digest)).rejects.toMatchObject({
        code: 'MODEL_FILE_MISSING',
      });
    });
  });

  it('lets requests wait until it is trained, for the model that serves may hold the records', async () => {
    const folder = folders.copyOf(trained);
    await beginNew(folder);
    const failures: unknown[] = [];
    await using(
      folder,
      async (installation) => {
        const { state, finished } = await erase(installation);
        expect(state.status).toBe('quarantined');
        await expect(finished).rejects.toMatchObject({
          code: 'LINE_NOT_TRAINED',
          nextStep: expect.stringContaining('lacuna train'),
        });
        expect(failures).toEqual([expect.objectContaining({ code: 'LINE_NOT_TRAINED' })]);
        await installation.trainings.train();
        await installation.resume();
        expect(installation.requests.get(REQUEST).status).toBe('closed');
      },
      { onRequestFailure: (reason) => failures.push(reason) },
    );
  });

  it('has its genesis in the log and in the ledger before any record', async () => {
    await using(folders.next(), async (installation) => {
      const events = [];
      for await (const event of installation.store.readAll()) events.push(event.type);
      expect(events).toEqual(['ModelGenesis', 'CheckpointPublished']);
      expect(installation.ledger.size()).toBe(1);
    });
  });
});
