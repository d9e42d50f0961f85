import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { EntryType } from '#libs/portal-contract';
import type { ReadModelsDefinition } from '#platform/read-models';
import { INDEX_MIGRATIONS } from './index-migrations.js';

export const ENTRY_TYPES = [
  'certificate',
  'genesis',
  'publication',
  'revocation',
  'key-rotation',
  'unknown',
] as const satisfies readonly EntryType[];

/*
 * Every list is in the order of the ledger, and SQLite ends each index with the row's key: an index over one column is already an
 * index over that column and the place in the ledger, so that no answer is ever sorted.
 */

/** An entry of the ledger. Digests in hex, so that the beginning of one is found by comparing text. */
@Entity('entries')
@Index(['line', 'type'])
export class EntryEntity {
  /** Place in the ledger. */
  @PrimaryColumn('integer')
  number!: number;

  @Index()
  @Column('text')
  type!: EntryType;

  @Index()
  @Column('text')
  payloadDigest!: string;

  @Index()
  @Column('text')
  leafHash!: string;

  @Index()
  @Column('text', { nullable: true })
  requestId!: string | null;

  @Index()
  @Column('text', { nullable: true })
  line!: string | null;

  @Column('integer', { nullable: true })
  version!: number | null;

  /** What the statement is about: the manifest of a version, or a genesis. */
  @Index()
  @Column('text', { nullable: true })
  document!: string | null;
}

/** A checkpoint as it was recorded before it was published. */
@Entity('checkpoints')
@Index(['at', 'size'])
export class CheckpointEntity {
  @PrimaryColumn('integer')
  size!: number;

  @Column('text')
  rootHash!: string;

  /** Milliseconds. */
  @Column('bigint')
  at!: number;
}

/** Beginnings of model lines: their events are older than the index of their entry, which is known by its payload. */
@Entity('geneses')
export class GenesisEntity {
  @PrimaryColumn('text')
  payloadDigest!: string;

  @Column('text')
  line!: string;

  @Column('text')
  document!: string;
}

/** How far the event log was read. */
@Entity('progress')
export class ProgressEntity {
  @PrimaryColumn('integer')
  only!: number;

  /** Decimal. */
  @Column('text')
  position!: string;
}

const INDEX_ENTITIES = [EntryEntity, CheckpointEntity, GenesisEntity, ProgressEntity];

export const LEDGER_INDEX: ReadModelsDefinition = {
  name: 'ledger_index',
  entities: INDEX_ENTITIES,
  migrations: INDEX_MIGRATIONS,
};
