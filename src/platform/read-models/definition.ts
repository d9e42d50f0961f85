import type { EntityTarget, MigrationInterface, QueryRunner } from 'typeorm';

export type Dialect = 'sqlite' | 'postgres';

/** A step of a schema. What was released is never changed; a later step is added. */
export interface Migration {
  /** Ends with a time in milliseconds, 13 digits: steps are taken in that order. */
  readonly name: string;
  /** Where rows cannot be carried over, deletes them and the checkpoint with them: the events fill the tables again. */
  readonly statements: readonly string[];
}

/** Tables that belong together, with one writer. */
export interface ReadModelsDefinition {
  /** Part of the name of their lock, and of the table that records their migrations. */
  readonly name: string;
  readonly entities: readonly EntityTarget<object>[];
  readonly migrations: Readonly<Record<Dialect, readonly Migration[]>>;
}

export const migrationsTable = ({ name }: ReadModelsDefinition): string => `${name}_migrations`;

/** The migrations as TypeORM takes them. */
export function migrationClasses(migrations: readonly Migration[]): (new () => MigrationInterface)[] {
  return migrations.map(
    ({ name, statements }) =>
      class implements MigrationInterface {
        readonly name = name;

        async up(runner: QueryRunner): Promise<void> {
          for (const statement of statements) await runner.query(statement);
        }

        async down(): Promise<void> {} // TypeORM asks for it; an older schema is not restored but filled again
      },
  );
}
