import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/*
 * The same entities on SQLite and PostgreSQL. Positions are decimal text: SQLite's driver would round a 64-bit integer. They are padded to
 * 20 digits, so that text order is the order of the log.
 */

/** How far a set of projections has read. */
@Entity('projection_checkpoints')
export class CheckpointEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  position!: string;

  /** The last event that was handled, by which the log is known again: one that was restored from a backup may go on differently. */
  @Column('text', { nullable: true })
  event!: string | null;

  @Column('text', { nullable: true })
  eventPosition!: string | null;
}

/** One change of the catalogue; the catalogue at a position is the fold of the changes up to there. */
@Entity('catalogue_changes')
export class CatalogueChangeEntity {
  @PrimaryColumn('text')
  position!: string;

  @Index()
  @Column('text')
  item!: string;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('simple-json', { nullable: true })
  categories!: readonly string[] | null;

  /** Null: an item. */
  @Column('text', { nullable: true })
  kind!: 'feature' | null;

  @Column('boolean')
  withdrawn!: boolean;
}

@Entity('subjects')
export class SubjectEntity {
  @PrimaryColumn('text')
  subject!: string;

  @Column('text')
  status!: 'active' | 'restricted' | 'erasing' | 'erased';
}

/** A request that holds back everything of a person: an erasure until there is nothing more to erase, a restriction until it is lifted. */
@Entity('withheld_people')
export class WithheldPersonEntity {
  @PrimaryColumn('text')
  requestId!: string;

  @Index()
  @Column('text')
  subject!: string;

  @Column('text')
  kind!: 'erasure' | 'restriction';
}

/** A consent that was given and not withdrawn since; it holds while its person is active. */
@Entity('consents')
export class ConsentEntity {
  @PrimaryColumn('text')
  subject!: string;

  @PrimaryColumn('text')
  purpose!: string;

  @Column('text')
  grantedAt!: string;
}

/**
 * Records of one subject, packed (libs/contracts, packRecords). New records come as new chunks; a deletion merges what is left
 * into one (docs/decisions/0003).
 */
@Entity('training_records')
export class TrainingRecordsEntity {
  @PrimaryColumn('text')
  subject!: string;

  /** Position of the last event that the chunk has taken in. */
  @PrimaryColumn('text')
  position!: string;

  @Column('blob')
  records!: Buffer;
}

/** A record that must not be used any more and is not erased yet. */
@Entity('quarantined_labels')
export class QuarantinedLabelEntity {
  /** base64url */
  @PrimaryColumn('text')
  label!: string;

  @PrimaryColumn('text')
  requestId!: string;

  @Index()
  @Column('text')
  subject!: string;

  /** Where in the log it was put out of use. */
  @Column('text')
  since!: string;
}

/** A label that was deleted on request; kept for ever. */
@Entity('deleted_labels')
export class DeletedLabelEntity {
  /** base64url */
  @PrimaryColumn('text')
  label!: string;

  @Column('text')
  precision!: 'exact' | 'day';
}

export const ENTITIES = [
  CheckpointEntity,
  CatalogueChangeEntity,
  SubjectEntity,
  WithheldPersonEntity,
  ConsentEntity,
  TrainingRecordsEntity,
  QuarantinedLabelEntity,
  DeletedLabelEntity,
];

const DIGITS = 20;

export const positionText = (position: bigint): string => position.toString().padStart(DIGITS, '0');
export const positionOf = (text: string): bigint => BigInt(text);
