import { setImmediate } from 'node:timers/promises';
import { In, type EntityManager } from 'typeorm';
import { parseRekorEntry } from '#libs/certificate';
import { toHex } from '#libs/essentials';
import type { EventStore } from '#libs/messaging';
import {
  createIndexes,
  dropIndexes,
  inSlices,
  insertAll,
  openReadModels,
  type ReadModels,
  type ReadModelsPlace,
} from '#platform/read-models';
import { LEDGER_EVENTS, ledgerFactOf, type EntryClaim, type LedgerFact } from './entry-claims.js';
import {
  CheckpointEntity,
  EntryEntity,
  GenesisEntity,
  LEDGER_INDEX,
  ProgressEntity,
} from './index-entities.js';
import type { ExploredLedger, ExploredStatements, RecordedLeaf } from './ports.js';

const LEAVES_A_TURN = 1_000;
const FACTS_A_TURN = 2_000;
const LONG_WAY = 20_000;

export interface LedgerIndexParts {
  /** May be emptied, it is filled again. */
  readonly place: ReadModelsPlace;
  readonly ledger: Pick<ExploredLedger, 'head' | 'leaves'>;
  readonly events: Pick<EventStore, 'readAll' | 'head'>;
  readonly statements: Pick<ExploredStatements, 'certifiedVersion'>;
  /** Entries by which the index may be behind before its table is filled without indexes. */
  readonly longWay?: number;
}

/**
 * Makes the ledger searchable: a read model of its entries, and of what events and certificates say they stand for. It follows when it is
 * asked, and starts from nothing where its tables are missing or damaged.
 */
export class LedgerIndex {
  private following: Promise<void> = Promise.resolve();
  private isIndexed = false;

  private constructor(
    private readonly models: ReadModels,
    private readonly parts: LedgerIndexParts,
  ) {}

  static async open(parts: LedgerIndexParts): Promise<LedgerIndex> {
    return new LedgerIndex(await openReadModels(LEDGER_INDEX, parts.place), parts);
  }

  /** Answers after everything that was published before the question is in the index. */
  async ask<T>(question: (manager: EntityManager) => Promise<T>): Promise<T> {
    await this.caughtUp();
    return this.models.read(question);
  }

  /** Resolves when the entries that are published at the call, and what was said of them, are in the index. */
  caughtUp(): Promise<void> {
    const turn = this.following.then(() => this.follow());
    this.following = turn.catch(() => {}); // told to whoever asked; the next question tries again
    return turn;
  }

  async close(): Promise<void> {
    await this.following;
    await this.models.close();
  }

  /**
   * The events have their end fixed first: what one says of an entry is about one that is published by then. Entries are written together with
   * what is said of them soon after, so that most are written once.
   */
  private async follow(): Promise<void> {
    const upTo = await this.parts.events.head();
    const { size } = this.parts.ledger.head();
    if (size - (await this.known()) > (this.parts.longWay ?? LONG_WAY)) {
      this.isIndexed = false;
      await this.models.write((manager) => dropIndexes(manager, EntryEntity));
    }
    await this.followTo(upTo, size);
    if (this.isIndexed) return;
    await this.models.write((manager) => createIndexes(manager, EntryEntity));
    this.isIndexed = true;
  }

  private async followTo(upTo: bigint, size: number): Promise<void> {
    for await (const { facts, position } of this.factsUpTo(upTo)) {
      const claims = await this.claimsOf(facts);
      const furthest = Math.max(-1, ...claims.keys());
      const known = await this.takeLeaves(Math.min(size, furthest + 1), claims);
      await this.store(
        facts,
        [...claims.values()].filter(({ number }) => number < known),
        position,
      );
      await setImmediate(); // others of this process get their turn
    }
    await this.takeLeaves(size, new Map());
  }

  /** Writes the entries up to there that are not in the index yet. @returns how many were there before */
  private async takeLeaves(until: number, claims: ReadonlyMap<number, EntryClaim>): Promise<number> {
    const known = await this.known();
    for (let from = known; from < until; from += LEAVES_A_TURN) {
      const leaves = this.parts.ledger.leaves(from, Math.min(from + LEAVES_A_TURN, until));
      await this.models.write(async (manager) => {
        const entries = await entriesOf(leaves, manager);
        const rows = entries.map((entry) => ({ ...entry, ...claims.get(entry.number) }));
        await insertAll(manager, EntryEntity, rows);
      });
      await setImmediate();
    }
    return known;
  }

  private async known(): Promise<number> {
    return ((await this.models.read((manager) => manager.maximum(EntryEntity, 'number'))) ?? -1) + 1;
  }

  private async *factsUpTo(
    upTo: bigint,
  ): AsyncGenerator<{ readonly facts: readonly LedgerFact[]; readonly position: bigint }> {
    const progress = await this.models.read((manager) => manager.findOneBy(ProgressEntity, { only: 1 }));
    const from = BigInt(progress?.position ?? '0');
    if (from >= upTo) return;
    let facts: LedgerFact[] = [];
    for await (const event of this.parts.events.readAll({ from, upTo, filter: LEDGER_EVENTS })) {
      const fact = ledgerFactOf(event);
      if (fact !== undefined) facts.push(fact);
      if (facts.length < FACTS_A_TURN) continue;
      yield { facts, position: event.position };
      facts = [];
    }
    yield { facts, position: upTo };
  }

  private async claimsOf(facts: readonly LedgerFact[]): Promise<Map<number, EntryClaim>> {
    const claims = await Promise.all(
      facts.flatMap((fact) => (fact.kind === 'entry' ? [this.completed(fact.claim)] : [])),
    );
    return new Map(claims.map((claim) => [claim.number, claim]));
  }

  /** @param late what is said of entries that were in the index before */
  private async store(
    facts: readonly LedgerFact[],
    late: readonly EntryClaim[],
    position: bigint,
  ): Promise<void> {
    const geneses = facts.flatMap((fact) => (fact.kind === 'genesis' ? [fact] : []));
    const checkpoints = facts.flatMap((fact) => (fact.kind === 'checkpoint' ? [fact] : []));
    await this.models.write(async (manager) => {
      await insertAll(manager, EntryEntity, await claimed(late, manager));
      await insertAll(
        manager,
        GenesisEntity,
        geneses.map(({ payloadDigest, line, document }) => ({ payloadDigest, line, document })),
      );
      for (const { payloadDigest, line, document } of geneses)
        await manager.update(EntryEntity, { payloadDigest }, { type: 'genesis', line, document });
      const rows = checkpoints.map(({ size, rootHash, at }) => ({ size, rootHash, at }));
      await insertAll(manager, CheckpointEntity, rows, 'keep');
      await insertAll(manager, ProgressEntity, [{ only: 1, position: position.toString() }]);
    });
  }

  /** A certificate names the version that it is about; where its file is lost the entry is still known by its request. */
  private async completed(claim: EntryClaim): Promise<EntryClaim> {
    if (typeof claim.requestId !== 'string') return claim;
    const certified = await this.parts.statements.certifiedVersion(claim.requestId).catch(() => undefined);
    return { ...claim, ...certified };
  }
}

/** Entries with what was said of them later, as rows to replace theirs. */
async function claimed(claims: readonly EntryClaim[], manager: EntityManager): Promise<EntryEntity[]> {
  const said = new Map(claims.map((claim) => [claim.number, claim]));
  const entries: EntryEntity[] = [];
  await inSlices([...said.keys()], async (numbers) => {
    entries.push(...(await manager.findBy(EntryEntity, { number: In([...numbers]) })));
  });
  return entries.map((entry) => ({ ...entry, ...said.get(entry.number) }));
}

async function entriesOf(leaves: readonly RecordedLeaf[], manager: EntityManager): Promise<EntryEntity[]> {
  const geneses = new Map(
    (await manager.find(GenesisEntity)).map((genesis) => [genesis.payloadDigest, genesis]),
  );
  return leaves.map(({ index: number, entry, hash }) => {
    const payloadDigest = toHex(parseRekorEntry(entry).payloadDigest);
    const genesis = geneses.get(payloadDigest);
    return {
      number,
      type: genesis === undefined ? 'unknown' : 'genesis',
      payloadDigest,
      leafHash: toHex(hash),
      requestId: null,
      line: genesis?.line ?? null,
      version: null,
      document: genesis?.document ?? null,
    };
  });
}
