import {
  canonicalJson,
  compareBytes,
  EncodingError,
  fromUtf8,
  parseStrictJson,
  utf8,
} from '#libs/essentials';
import type { JsonValue } from '#libs/essentials';
import { LearningError, type LearningErrorCode } from './learning-error.js';

/** A named array of 32-bit floats, row-major. The only dtype that model files of this project hold. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly Tensor[];
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8; // the format's own: the header is padded with spaces so that tensors start on a multiple of 8
const MAX_HEADER = 1024 * 1024;
const METADATA = '__metadata__';
const F32_BYTES = 4;

/**
 * Writes a safetensors file (huggingface/safetensors, format 0.4): u64le header length, JSON header, tensors. Keys and tensors
 * stand in byte order and the header is canonical JSON, so that equal content has equal bytes.
 *
 * @example
 * const file = writeTensors({ metadata: { kind: 'ials' }, tensors: [{ name: 'item_factors', shape: [2, 4], data }] });
 */
export function writeTensors({ metadata, tensors }: TensorFile): Uint8Array {
  const sorted = tensors
    .map((tensor) => ({ tensor, key: utf8(tensor.name) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ tensor }) => tensor);
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let end = 0;
  for (const { name, shape, data } of sorted) {
    const begin = end;
    end += data.length * F32_BYTES;
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const text = utf8(canonicalJson(header));
  const headerLength = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(
    0x20,
    LENGTH_BYTES,
    LENGTH_BYTES + headerLength,
  );
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  file.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerLength;
  for (const { data } of sorted) {
    writeFloats(view, at, data);
    at += data.length * F32_BYTES;
  }
  return file;
}

/**
 * Reads a safetensors file that somebody else made: whoever stores or sends the file chooses every byte of it. Refused are
 * duplicate or unknown header fields, dtypes other than F32, shapes that do not match their extent, and tensors that
 * overlap, leave gaps, or do not end where the file ends.
 *
 * @throws LearningError with one SAFETENSORS_… code a cause
 */
export function readTensors(file: Uint8Array): TensorFile {
  const { header, body } = splitFile(file);
  const metadata = metadataOf(header[METADATA] ?? {});
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => entryOf(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) fail('SAFETENSORS_OFFSETS_NOT_CONTIGUOUS', 'tensors overlap or leave a gap', { name });
    at = end;
  }
  if (at > body.length) fail('SAFETENSORS_TRUNCATED', 'the file ends before its last tensor');
  if (at < body.length) fail('SAFETENSORS_OFFSETS_NOT_CONTIGUOUS', 'bytes follow the last tensor');
  return {
    metadata,
    tensors: entries.map(({ name, shape, begin, end }) => ({
      name,
      shape,
      data: readFloats(body.subarray(begin, end)),
    })),
  };
}

function splitFile(file: Uint8Array): { header: Record<string, JsonValue>; body: Uint8Array } {
  if (file.length < LENGTH_BYTES) fail('SAFETENSORS_TRUNCATED', 'the file is shorter than its length field');
  const length = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER))
    fail('SAFETENSORS_HEADER_TOO_LARGE', `the header is limited to ${MAX_HEADER} bytes`);
  const end = LENGTH_BYTES + Number(length);
  if (end > file.length) fail('SAFETENSORS_TRUNCATED', 'the file ends within its header');
  return { header: parseHeader(file.subarray(LENGTH_BYTES, end)), body: file.subarray(end) };
}

function parseHeader(bytes: Uint8Array): Record<string, JsonValue> {
  if (bytes[0] !== 0x7b) fail('SAFETENSORS_HEADER_MALFORMED', 'the header must begin with {');
  try {
    return asObject(parseStrictJson(fromUtf8(bytes)), 'the header');
  } catch (cause) {
    if (!(cause instanceof EncodingError)) throw cause;
    throw new LearningError('SAFETENSORS_HEADER_MALFORMED', 'the header is not strict JSON', { cause });
  }
}

function metadataOf(value: JsonValue): Record<string, string> {
  const metadata = asObject(value, METADATA);
  for (const entry of Object.values(metadata))
    if (typeof entry !== 'string') fail('SAFETENSORS_HEADER_MALFORMED', 'metadata values must be texts');
  return metadata as Record<string, string>;
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function entryOf(name: string, value: JsonValue): Entry {
  const { dtype, shape, data_offsets: offsets, ...rest } = asObject(value, 'a tensor');
  if (Object.keys(rest).length > 0)
    fail('SAFETENSORS_HEADER_MALFORMED', 'a tensor has an unknown field', { name });
  if (dtype !== 'F32') fail('SAFETENSORS_DTYPE_UNKNOWN', 'only F32 tensors are read', { name });
  if (!isSizes(shape)) fail('SAFETENSORS_SHAPE_INVALID', 'a shape is a list of whole numbers', { name });
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    fail('SAFETENSORS_HEADER_MALFORMED', 'data_offsets must be [begin, end]', { name });
  const [begin, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, F32_BYTES);
  if (bytes !== end - begin)
    fail('SAFETENSORS_SHAPE_INVALID', 'the shape does not match the extent', { name });
  return { name, shape, begin, end };
}

function isSizes(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function asObject(value: JsonValue, what: string): Record<string, JsonValue> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    fail('SAFETENSORS_HEADER_MALFORMED', `${what} must be an object`);
  return value as Record<string, JsonValue>;
}

const hostIsLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function writeFloats(view: DataView, at: number, data: Float32Array): void {
  const bytes = new Uint8Array(view.buffer, at, data.length * F32_BYTES);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!hostIsLittleEndian) swapWords(bytes);
}

function readFloats(bytes: Uint8Array): Float32Array {
  const copy = Uint8Array.from(bytes); // not slice: a Node Buffer's slice shares the memory of the whole file
  if (!hostIsLittleEndian) swapWords(copy);
  return new Float32Array(copy.buffer);
}

function swapWords(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += F32_BYTES) bytes.subarray(at, at + F32_BYTES).reverse();
}

function fail(code: LearningErrorCode, message: string, facts: Record<string, string> = {}): never {
  throw new LearningError(code, message, { facts });
}
