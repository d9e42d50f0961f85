import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { keyNames, type SealedInteraction } from '#libs/contracts';
import { fromBase64Url, fromUtf8, utf8 } from '#libs/essentials';
import { generationOfStream, sealingContext, subjectOfStream } from '#libs/messaging';
import { nodeAead } from '#platform/crypto';
import { EXPORT } from '../../apps/installation/index.js';
import { run } from '../../apps/verifier/run.js';

export interface Verdict {
  readonly exitCode: number;
  readonly out: string;
  /** Code of the refusal. */
  readonly code: string | undefined;
  readonly nextStep: string | undefined;
}

/** An InteractionRecorded event as it lies in the copy of the log. */
export interface RecordRow {
  readonly position: number;
  readonly type: number;
  readonly stream: number;
  readonly revision: number;
  readonly recorded_at: number;
  readonly id: Buffer;
  readonly data: string;
  readonly metadata: string | null;
  readonly name: string;
}

/** What a third party was given, and what a forger among them could do to it. */
export class ExportedBundle {
  constructor(readonly folder: string) {}

  at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  /** `lacuna-verify replay` in this process. */
  async replay(requestId: string, ...more: string[]): Promise<Verdict> {
    const out: string[] = [];
    const err: string[] = [];
    const argv = [
      ...['replay', '--certificate', this.at(EXPORT.certificates, `${requestId}.sigstore.json`)],
      ...['--events', this.at(EXPORT.events), '--trust', this.at(EXPORT.trust), '--threads', '1'],
      ...more,
    ];
    const exitCode = await run(argv, {
      print: (line) => out.push(line),
      printError: (line) => err.push(line),
    });
    const code = /^✗ (\w+): /m.exec(err.join('\n'))?.[1];
    const nextStep = /^ {2}→ (.+)/m.exec(err.join('\n'))?.[1];
    return { exitCode, out: out.join('\n'), code, nextStep };
  }

  /** Changes the copy of the log behind the back of whoever reads it. */
  changeEvents<T>(change: (events: Database.Database) => T): T {
    const events = new Database(this.at(EXPORT.events), { fileMustExist: true });
    try {
      return change(events);
    } finally {
      events.close();
    }
  }

  /** A record of one of these people that no request touched, the last one in the log. */
  recordOf(subjects: ReadonlySet<string>): RecordRow {
    return this.recordsOf(subjects)[0];
  }

  /** Their records, the last one in the log first. */
  recordsOf(subjects: ReadonlySet<string>): RecordRow[] {
    return this.changeEvents((events) => {
      const rows = events
        .prepare(
          `SELECT e.*, s.name FROM events e JOIN streams s ON s.id = e.stream JOIN event_types t ON t.id = e.type
           WHERE t.name = 'InteractionRecorded' ORDER BY e.position DESC`,
        )
        .all() as RecordRow[];
      return rows.filter(({ name }) => subjects.has(subjectOfStream(name)));
    });
  }

  open(row: RecordRow): SealedInteraction {
    const { sealed } = JSON.parse(row.data) as { sealed: string };
    const plaintext = this.aead(row).open(fromBase64Url(sealed), contextOf(row, row.id))!;
    return JSON.parse(fromUtf8(plaintext)) as SealedInteraction;
  }

  /** The data of an event that holds another record, sealed as the operator would. */
  seal(row: RecordRow, id: Buffer, label: string, record: SealedInteraction): string {
    const box = this.aead(row).seal(utf8(JSON.stringify(record)), contextOf(row, id));
    return JSON.stringify({ label, sealed: box.toString('base64url') });
  }

  key(name: string): Uint8Array {
    return fromBase64Url(this.keys().find((line) => line.name === name)!.key);
  }

  changeKeys(
    change: (line: { name: string; key: string }) => { name: string; key: string } | undefined,
  ): void {
    const lines = this.keys()
      .map(change)
      .filter((line) => line !== undefined);
    writeFileSync(this.at(EXPORT.replayKeys), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  manifests(): string[] {
    return readdirSync(this.at(EXPORT.models), { recursive: true, encoding: 'utf8' })
      .filter((file) => path.basename(file) === 'manifest.json')
      .map((file) => this.at(EXPORT.models, file));
  }

  private keys(): { name: string; key: string }[] {
    return readFileSync(this.at(EXPORT.replayKeys), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; key: string });
  }

  private aead({ name }: RecordRow) {
    return nodeAead.prepare(this.key(keyNames.interactions(subjectOfStream(name), generationOfStream(name))));
  }
}

function contextOf({ name }: RecordRow, id: Buffer): Uint8Array {
  const uuid = id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return sealingContext(name, uuid, 'InteractionRecorded');
}
