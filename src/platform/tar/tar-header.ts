import { fromUtf8, utf8 } from '#libs/essentials';
import { TarError } from './tar-error.js';

/** POSIX.1-1988 (ustar): an archive is a sequence of blocks of 512 bytes. */
export const BLOCK = 512;

// Offset and length of the header's fields that are used here (POSIX.1-2017, pax, "ustar Interchange Format").
const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const USER = [108, 8] as const;
const GROUP = [116, 8] as const;
const SIZE = [124, 12] as const;
const TIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE_AT = 156;
const MAGIC_AT = 257;
const MAGIC = utf8('ustar\x0000');
const REGULAR_FILE = 0x30; // '0'
const EXTENDED = 0x78; // 'x': records about the next file (POSIX.1-2017, "pax Extended Header")
const EXTENDED_NAME = 'pax-header';
/** Decimal length of the whole record, a space, the keyword, the value. What else a record may say is not needed here. */
const SIZE_RECORD = /^(\d{1,2}) size=(\d{1,16})\n$/;
/** Of the only record that is understood. */
export const MOST_EXTENDED = 64;
const SPACE = 0x20;
/** Eleven octal digits. */
const MAX_SIZE = 8 ** 11 - 1;

type Field = readonly [offset: number, length: number];

export interface TarHeader {
  /** At most 100 bytes; relative, with `/` between folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Blocks before a file that its owner alone may read, without times or owners; its size is in a record where the header has no room for it. @throws TarError TAR_NAME_TOO_LONG */
export function formatHeader({ name, size }: TarHeader): Uint8Array {
  if (size <= MAX_SIZE) return block({ name, size }, REGULAR_FILE);
  const record = utf8(sizeRecord(size));
  const blocks = new Uint8Array(3 * BLOCK);
  blocks.set(block({ name: EXTENDED_NAME, size: record.length }, EXTENDED));
  blocks.set(record, BLOCK);
  blocks.set(block({ name, size: 0 }, REGULAR_FILE), 2 * BLOCK);
  return blocks;
}

/** The size that a record says of the next file. @throws TarError TAR_MALFORMED, also where it says anything else */
export function parseSizeRecord(record: Uint8Array): number {
  const content = fromUtf8(record);
  const [, length, digits] = SIZE_RECORD.exec(content) ?? [];
  const size = Number(digits);
  if (Number(length) === record.length && Number.isSafeInteger(size)) return size;
  throw new TarError('TAR_MALFORMED', 'an extended header of the archive says something other than a size');
}

/** The length counts its own digits. */
function sizeRecord(size: number): string {
  const rest = ` size=${size}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
}

function block({ name, size }: TarHeader, type: number): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length > NAME[1])
    throw new TarError('TAR_NAME_TOO_LONG', 'a file has too long a name for an archive', {
      facts: { length: bytes.length, most: NAME[1] },
    });
  const header = new Uint8Array(BLOCK);
  header.set(bytes);
  for (const [field, value] of [
    [MODE, 0o600],
    [USER, 0],
    [GROUP, 0],
    [SIZE, size],
    [TIME, 0],
  ] as const)
    setOctal(header, field, value);
  header[TYPE_AT] = type;
  header.set(MAGIC, MAGIC_AT);
  setOctal(header, CHECKSUM, checksum(header));
  return header;
}

/** Undefined at the end of the archive, which a block of zeros marks. @throws TarError TAR_MALFORMED */
export function parseHeader(header: Uint8Array): (TarHeader & { readonly isExtended: boolean }) | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  const isExtended = header[TYPE_AT] === EXTENDED;
  const isRegularFile = header[TYPE_AT] === REGULAR_FILE || isExtended;
  const hasMagic = MAGIC.every((byte, at) => header[MAGIC_AT + at] === byte);
  if (!hasMagic || !isRegularFile || octal(header, CHECKSUM) !== checksum(header))
    throw new TarError(
      'TAR_MALFORMED',
      'the archive holds something other than plain files in the ustar format',
    );
  return { name: text(header, NAME), size: octal(header, SIZE), isExtended };
}

/** Sum of the header's bytes, those of the checksum itself counted as spaces. */
function checksum(header: Uint8Array): number {
  const [from, length] = CHECKSUM;
  return header.reduce((sum, byte, at) => sum + (at >= from && at < from + length ? SPACE : byte), 0);
}

function setOctal(header: Uint8Array, [offset, length]: Field, value: number): void {
  header.set(utf8(value.toString(8).padStart(length - 1, '0')), offset);
  header[offset + length - 1] = 0;
}

function octal(header: Uint8Array, field: Field): number {
  const digits = text(header, field).trim();
  if (!/^[0-7]{1,11}$/.test(digits))
    throw new TarError('TAR_MALFORMED', 'a header of the archive holds no number');
  return parseInt(digits, 8);
}

function text(header: Uint8Array, [offset, length]: Field): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return fromUtf8(end < 0 ? field : field.subarray(0, end));
}
