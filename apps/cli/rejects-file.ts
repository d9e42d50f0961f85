import { closeSync, openSync, writeSync } from 'node:fs';
import type { RejectedLine } from '#stages/ingest';

/** Which lines were left out and why, as NDJSON: numbers and reasons, not the lines themselves. Made with the first of them. */
export class RejectsFile {
  private descriptor: number | undefined;

  constructor(readonly file: string) {}

  add(rejected: RejectedLine): void {
    this.descriptor ??= openSync(this.file, 'w', 0o600);
    writeSync(this.descriptor, `${JSON.stringify(rejected)}\n`);
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}
