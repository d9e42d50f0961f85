import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { EntriesQuery, EntrySummary, Page } from '#libs/portal-contract';
import { ExplorerError } from './explorer-error.js';
import { CheckpointEntity, EntryEntity } from './index-entities.js';
import type { LedgerIndex } from './ledger-index.js';

/** A query whose page is known. */
export type AskedEntries = EntriesQuery & Required<Pick<EntriesQuery, 'page' | 'size'>>;

/** Entries [from, until) by their place in the ledger. */
interface Stretch {
  readonly from: number;
  readonly until: number;
}

const INDEX = /^(?:0|[1-9]\d{0,15})$/;
const DIGEST = /^[0-9a-f]{8,64}$/;
const REQUEST = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Finds entries of the ledger, newest first. */
export class EntrySearch {
  constructor(private readonly index: LedgerIndex) {}

  /**
   * A search that is the name of a model line finds its entries; one that is a request's pseudonym its certificate; digits the entry at that
   * place; eight and more hexadecimal digits the entries whose payload, leaf, manifest or genesis has a digest that begins so.
   *
   * @throws ExplorerError PERIOD_REVERSED
   */
  find(query: AskedEntries): Promise<Page<EntrySummary>> {
    requirePeriod(query);
    return this.index.ask(async (manager) => {
      const stretch = await stretchOf(query, manager);
      const found = isUnconditional(query)
        ? await ofStretch(query, stretch, manager)
        : await ofSearch(query, stretch, manager);
      return { ...found, page: query.page, size: query.size };
    });
  }

  /** @throws ExplorerError ENTRY_UNKNOWN */
  get(number: number): Promise<EntrySummary> {
    return this.index.ask(async (manager) => {
      const found = manager.createQueryBuilder(EntryEntity, 'entry').where({ number });
      const [summary] = await summariesOf(found);
      if (summary !== undefined) return summary;
      throw new ExplorerError('ENTRY_UNKNOWN', 'the published ledger has no such entry', {
        facts: { index: number },
        nextStep: 'The checkpoint says how far the ledger goes; entries are counted from 0.',
      });
    });
  }
}

function requirePeriod({ from, until }: AskedEntries): void {
  if (from !== undefined && until !== undefined && Date.parse(from) > Date.parse(until))
    throw new ExplorerError('PERIOD_REVERSED', 'the period ends before it begins', {
      nextStep: 'Exchange from and until.',
    });
}

function isUnconditional({ search = '', type }: AskedEntries): boolean {
  return search.trim() === '' && type === undefined;
}

type Found = Pick<Page<EntrySummary>, 'rows' | 'total'>;

/** The place of an entry is its number: nobody has to count a million of them, nor go past them. */
async function ofStretch(
  { page, size }: AskedEntries,
  { from, until }: Stretch,
  manager: EntityManager,
): Promise<Found> {
  const upTo = Math.max(from, until - (page - 1) * size);
  const rows = await summariesOf(newestFirst(within({ from, until: upTo }, manager), size));
  return { rows, total: Math.max(0, until - from) };
}

async function ofSearch(query: AskedEntries, stretch: Stretch, manager: EntityManager): Promise<Found> {
  const { page, size } = query;
  const found = await matching(query, stretch, manager);
  const total = await countOf(found);
  return { rows: await summariesOf(newestFirst(found, size).offset((page - 1) * size)), total };
}

function within(stretch: Stretch, manager: EntityManager): SelectQueryBuilder<EntryEntity> {
  return manager
    .createQueryBuilder(EntryEntity, 'entry')
    .where('entry.number >= :from AND entry.number < :until', stretch);
}

function newestFirst(found: SelectQueryBuilder<EntryEntity>, size: number): SelectQueryBuilder<EntryEntity> {
  return found.orderBy('entry.number', 'DESC').limit(size);
}

async function matching(
  { search = '', type }: AskedEntries,
  stretch: Stretch,
  manager: EntityManager,
): Promise<SelectQueryBuilder<EntryEntity>> {
  const found = within(stretch, manager);
  if (type !== undefined) found.andWhere('entry.type = :type', { type });
  const text = search.trim();
  if (text === '') return found;
  if (await manager.existsBy(EntryEntity, { line: text }))
    return found.andWhere('entry.line = :line', { line: text });
  return named(found, text.toLowerCase());
}

function named(found: SelectQueryBuilder<EntryEntity>, text: string): SelectQueryBuilder<EntryEntity> {
  if (REQUEST.test(text)) return found.andWhere('entry.requestId = :text', { text });
  const places = [
    ...(INDEX.test(text) ? ['SELECT CAST(:number AS bigint)'] : []),
    ...(DIGEST.test(text)
      ? ['payloadDigest', 'leafHash', 'document'].map(
          (digest) => `SELECT "number" FROM "entries" WHERE "${digest}" >= :text AND "${digest}" < :beyond`,
        )
      : []),
  ];
  if (places.length === 0) return found.andWhere('FALSE');
  return found.andWhere(`entry.number IN (${places.join(' UNION ')})`, {
    number: Number(text),
    text,
    beyond: `${text}g`, // comes right after every text of hexadecimal digits that begins so
  });
}

async function countOf(found: SelectQueryBuilder<EntryEntity>): Promise<number> {
  const counted = await found.clone().select('COUNT(*)', 'total').getRawOne<{ total: number }>();
  return counted?.total ?? 0;
}

/** Entries were logged in the order of the ledger, so that a period of time is a stretch of it. */
async function stretchOf(
  { from, until }: Pick<EntriesQuery, 'from' | 'until'>,
  manager: EntityManager,
): Promise<Stretch> {
  return {
    from: from === undefined ? 0 : await sizeBefore('checkpoint.at < :time', from, manager),
    until:
      until === undefined
        ? ((await manager.maximum(EntryEntity, 'number')) ?? -1) + 1
        : await sizeBefore('checkpoint.at <= :time', until, manager),
  };
}

async function sizeBefore(condition: string, time: string, manager: EntityManager): Promise<number> {
  const last = await manager
    .createQueryBuilder(CheckpointEntity, 'checkpoint')
    .where(condition, { time: Date.parse(time) })
    .orderBy('checkpoint.at', 'DESC')
    .addOrderBy('checkpoint.size', 'DESC')
    .limit(1)
    .getOne();
  return last?.size ?? 0;
}

/** An entry is as old as the first checkpoint that covers it. */
async function summariesOf(found: SelectQueryBuilder<EntryEntity>): Promise<EntrySummary[]> {
  const { entities, raw } = await found
    .addSelect(
      (query) =>
        query
          .select('checkpoint.at')
          .from(CheckpointEntity, 'checkpoint')
          .where('checkpoint.size > entry.number')
          .orderBy('checkpoint.size', 'ASC')
          .limit(1),
      'logged',
    )
    .getRawAndEntities<{ logged: number | null }>();
  return entities.map((entry, at) => summaryOf(entry, raw[at].logged));
}

function summaryOf(
  { number: index, type, requestId, line, version, payloadDigest, leafHash }: EntryEntity,
  logged: number | null,
): EntrySummary {
  return {
    index,
    type,
    payloadDigest,
    leafHash,
    ...(logged !== null && { at: new Date(logged).toISOString() }),
    ...(requestId !== null && { requestId }),
    ...(line !== null && { line }),
    ...(version !== null && { version }),
  };
}
