import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { EventStore } from '#libs/messaging';
import type { CatalogueService } from '../catalogue-service.js';
import type { ConsentService } from '../consent-service.js';
import type { Edge } from '../edge.js';
import { IngestError } from '../ingest-error.js';
import type { InteractionEntry } from '../interaction.js';
import type { InteractionService } from '../interaction-service.js';
import { BatchImporter, type ImportCounts, type ImportPolicy, type Row } from './import-batch.js';
import type { ImportCheckpoints } from './import-checkpoints.js';
import { readItems } from './items-file.js';
import { readProfiles, type ProfileColumns } from './profiles-file.js';
import {
  detectFormat,
  parseRow,
  type ColumnNames,
  type RatingFormat,
  type RowDefaults,
} from './rating-format.js';
import { named, readLines } from './read-lines.js';

const BATCH = 5_000;

export interface ImportProgress extends Readonly<ImportCounts> {
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

export interface ImportOptions extends ImportPolicy, RowDefaults {
  readonly file: string;
  /** Catalogue to take in first. */
  readonly items?: string;
  readonly format?: RatingFormat['name'];
  readonly columns?: ColumnNames;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ImportSummary extends Readonly<ImportCounts> {
  readonly format: RatingFormat['name'] | 'entries';
  readonly items: { readonly catalogued: number; readonly unchanged: number };
  /** Lines that an earlier import of the same file had taken in. */
  readonly resumedAfterLine: number;
  readonly seconds: number;
}

/** A file of what people have stated of themselves. */
export interface ProfileImportOptions extends ImportPolicy, ProfileColumns {
  readonly file: string;
  /** Features to catalogue first. */
  readonly features?: string;
  readonly purpose: string;
  readonly signal?: AbortSignal;
}

export interface ProfileSummary extends Readonly<ImportCounts> {
  readonly features: { readonly catalogued: number; readonly unchanged: number };
  readonly seconds: number;
}

type Settings = ImportPolicy & Pick<ImportOptions, 'onProgress' | 'signal'>;

/** Takes in whole files: catalogue, people, interactions; streaming, repeatable, never an interaction twice. */
export class ImportService {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly consents: ConsentService,
    private readonly interactions: InteractionService,
    private readonly store: Pick<EventStore, 'head'>,
    private readonly edge: Pick<Edge, 'now'>,
    private readonly checkpoints?: ImportCheckpoints,
  ) {}

  /**
   * Imports a ratings file. When it fails, the batches before the failure stay recorded, and importing the file again continues
   * without recording anything twice.
   *
   * @throws IngestError naming file, line and field
   */
  async importRatings(options: ImportOptions): Promise<ImportSummary> {
    const started = this.edge.now();
    const items = options.items === undefined ? [] : await readItems(options.items);
    const catalogued = await this.catalogue.catalogue(items);
    const importer = this.importer(options, named(options.file));
    const resume = await this.resumeOf(options);
    let format: RatingFormat | undefined;
    for await (const { firstLine, lines, bytesRead, bytesTotal } of readLines(options.file)) {
      format ??= detectFormat(lines[0], options.file, {
        ...options,
        hasTimeDefault: options.time !== undefined,
      });
      const header = firstLine === 1 && format.hasHeader ? 1 : 0;
      const skip = Math.max(header, resume.line + 1 - firstLine);
      await this.addRows(
        importer,
        parseRows(lines.slice(skip), format, options),
        firstLine + skip,
        options.signal,
      );
      await resume.reached(firstLine + lines.length - 1, importer.counts);
      options.onProgress?.({ ...importer.counts, bytesRead, bytesTotal });
    }
    if (importer.counts.rows === 0 && resume.line === 0)
      throw new IngestError('FILE_EMPTY', `${named(options.file)} holds no interaction`, {
        nextStep: 'Check that the file was written and copied completely.',
      });
    return {
      ...importer.counts,
      format: format!.name,
      items: catalogued,
      resumedAfterLine: resume.line,
      seconds: (this.edge.now() - started) / 1000,
    };
  }

  /**
   * Imports a file of features of people, a column a feature; importing it again records nothing twice. The catalogue's features are given and
   * never taken from what people have: they are not personal (DESIGN §4.3).
   *
   * @throws IngestError naming file, line and field
   */
  async importProfiles(options: ProfileImportOptions): Promise<ProfileSummary> {
    const started = this.edge.now();
    const vocabulary = options.features === undefined ? [] : await readItems(options.features);
    const features = await this.catalogue.catalogue(
      vocabulary.map((feature) => ({ ...feature, kind: 'feature' as const })),
    );
    const importer = this.importer(options, named(options.file));
    let rows: Row[] = [];
    let lines: number[] = [];
    const flush = async (): Promise<void> => {
      if (options.signal?.aborted) throw cancelled(lines[0] ?? 1);
      await importer.add(rows, (row) => lines[row]);
      [rows, lines] = [[], []];
    };
    for await (const { line, stated } of readProfiles(options.file, options)) {
      const own: readonly Row[] =
        'code' in stated ? [stated] : stated.map((one) => ({ ...one, purpose: options.purpose }));
      rows.push(...own);
      lines.push(...own.map(() => line));
      if (rows.length >= BATCH) await flush();
    }
    await flush();
    return { ...importer.counts, features, seconds: (this.edge.now() - started) / 1000 };
  }

  /** Imports interactions that another program part makes, such as the synthetic dataset; `line` counts them from 1. */
  async importEntries(entries: Iterable<InteractionEntry>, settings: Settings): Promise<ImportSummary> {
    const started = this.edge.now();
    const importer = this.importer(settings, 'the entries');
    let firstLine = 1;
    for (const batch of inBatches(entries)) {
      await this.addRows(importer, batch, firstLine, settings.signal);
      firstLine += batch.length;
      settings.onProgress?.({ ...importer.counts, bytesRead: 0, bytesTotal: 0 });
    }
    const seconds = (this.edge.now() - started) / 1000;
    const items = { catalogued: 0, unchanged: 0 };
    return { ...importer.counts, format: 'entries', items, resumedAfterLine: 0, seconds };
  }

  private importer(policy: ImportPolicy, source: string): BatchImporter {
    return new BatchImporter(this.consents, this.interactions, policy, source);
  }

  private async addRows(
    importer: BatchImporter,
    rows: readonly Row[],
    firstLine: number,
    signal?: AbortSignal,
  ) {
    for (let at = 0; at < rows.length; at += BATCH) {
      if (signal?.aborted) throw cancelled(firstLine + at);
      await importer.add(rows.slice(at, at + BATCH), (row) => firstLine + at + row);
    }
  }

  /** A checkpoint never passes a rejected line: when its cause is gone, a repetition must meet it again. */
  private async resumeOf(options: ImportOptions) {
    const { checkpoints, store } = this;
    if (checkpoints === undefined) return { line: 0, reached: async () => undefined };
    const key = await importKey(options);
    const found = await checkpoints.load(key);
    const line = found !== undefined && (await store.head()) >= BigInt(found.position) ? found.line : 0;
    const reached = async (last: number, { rejected }: ImportCounts) => {
      if (rejected > 0 || last <= line) return;
      await checkpoints.save(key, { line: last, position: (await store.head()).toString() });
    };
    return { line, reached };
  }
}

function cancelled(line: number): IngestError {
  return new IngestError('IMPORT_CANCELLED', `The import was cancelled before line ${line}`, {
    facts: { line },
    nextStep: 'Start the same import again to continue; nothing is recorded twice.',
  });
}

function parseRows(lines: readonly string[], format: RatingFormat, defaults: RowDefaults): Row[] {
  return lines.map((line) => (line === '' ? undefined : parseRow(line, format, defaults)));
}

function* inBatches(entries: Iterable<InteractionEntry>): Generator<InteractionEntry[]> {
  let batch: InteractionEntry[] = [];
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** SHA-256, hex, over the file's bytes and whatever decides how its rows are understood. */
async function importKey({ file, format, columns, type, purpose, time }: ImportOptions): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([format, columns, type, purpose, time]));
  try {
    for await (const chunk of createReadStream(file)) digest.update(chunk as Buffer);
  } catch {
    return 'unreadable'; // readLines says why
  }
  return digest.digest('hex');
}
