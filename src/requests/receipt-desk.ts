import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { encryptTo, parseRecipient } from '#libs/age';
import { openingsDocument } from '#libs/certificate';
import { keyNames } from '#libs/contracts';
import { ErasureError, type RequestIn, type RequestState } from '#libs/erasure';
import { toBase64Url, utf8 } from '#libs/essentials';
import type { Vault } from '#libs/messaging';
import { FOLDER_MODE, makeFolder, syncFolder, writeFileDurably } from '#platform/files';
import type { SubjectRecords } from './ports.js';
import type { RequestBook } from './request-book.js';
import { recipientOf } from './sealed-fields.js';

const MILLISECONDS_A_DAY = 86_400_000;
const EXTENSION = '.age';

export interface ReceiptDeskParts {
  readonly book: Pick<RequestBook, 'find'>;
  readonly vault: Pick<Vault, 'key' | 'keyState' | 'open'>;
  readonly subjects: Pick<SubjectRecords, 'stored'>;
  /** Absolute. */
  readonly folder: string;
  /** How long openings wait for their person after the request was closed. */
  readonly keepDays: number;
  /** ISO 8601. */
  readonly now: () => string;
}

/**
 * Keeps the openings of deleted records for the persons they belong to: one file a request, encrypted to the key that came with the request,
 * until it is fetched or expires. Nobody here can read it once it is written.
 */
export class ReceiptDesk {
  constructor(private readonly parts: ReceiptDeskParts) {}

  /**
   * Makes the file, where one was asked for and as long as there is something to put in; to be called before anything is destroyed. A file that
   * is there is whole and stays: encrypted again it would be other bytes with the same content.
   */
  async seal(request: RequestIn<'quarantined'>): Promise<void> {
    const { subject, requestId, labels } = request;
    const { vault, subjects } = this.parts;
    const file = this.fileOf(requestId);
    const asked = recipientOf(vault, request);
    if (asked === undefined || existsSync(file)) return;
    const recipient = await parseRecipient(asked);
    const deleted = new Set(labels);
    const records = (await subjects.stored(subject)).filter(({ label }) => deleted.has(toBase64Url(label)));
    const labelKey = vault.key(keyNames.label(subject));
    const openings = utf8(openingsDocument({ request: requestId, labelKey, records }));
    await makeFolder(this.parts.folder, FOLDER_MODE.private);
    await writeFileDurably(file, await encryptTo(recipient, openings));
  }

  /** The age file of a request. @throws ErasureError RECEIPT_NOT_KEPT */
  async read(requestId: string): Promise<Uint8Array> {
    if (this.has(requestId)) return Uint8Array.from(await readFile(this.fileOf(requestId)));
    throw new ErasureError('RECEIPT_NOT_KEPT', 'no openings are kept for this request', {
      facts: { requestId },
      nextStep:
        'They are made when the request is worked, if a recipient came with it, and kept until they are fetched or expire.',
    });
  }

  /** Whether openings can be fetched. */
  has(requestId: string): boolean {
    return this.isKept(`${requestId}${EXTENSION}`) && existsSync(this.fileOf(requestId));
  }

  /** To be called when the person has the file. Idempotent. */
  async remove(requestId: string): Promise<void> {
    await this.removeFiles([`${requestId}${EXTENSION}`]);
  }

  /** Removes what has expired, what belongs to no request, and what a crash left half-written. */
  async sweep(): Promise<void> {
    if (!existsSync(this.parts.folder)) return;
    await this.removeFiles((await readdir(this.parts.folder)).filter((name) => !this.isKept(name)));
  }

  private async removeFiles(names: readonly string[]): Promise<void> {
    const { folder } = this.parts;
    if (names.length === 0 || !existsSync(folder)) return;
    for (const name of names) await rm(path.join(folder, name), { force: true });
    await syncFolder(folder);
  }

  private isKept(name: string): boolean {
    const state = this.parts.book.find(name.slice(0, -EXTENSION.length));
    return name.endsWith(EXTENSION) && state !== undefined && !this.isExpired(state);
  }

  private isExpired(state: RequestState): boolean {
    if (!('closedAt' in state)) return false;
    const { keepDays, now } = this.parts;
    return Date.parse(now()) - Date.parse(state.closedAt) > keepDays * MILLISECONDS_A_DAY;
  }

  private fileOf(requestId: string): string {
    return path.join(this.parts.folder, `${requestId}${EXTENSION}`);
  }
}
