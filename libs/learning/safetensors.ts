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

/** Numbers of a tensor: 32-bit floats (F32), or whole numbers of 16 bits (U16) where things are counted. */
export type TensorData = Float32Array | Uint16Array;

/** A named array, row-major. */
export interface Tensor<Data extends TensorData = TensorData> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Data;
}

export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly Tensor[];
}

/** A file that is complete but for the numbers of its only tensor, which are to be written where they belong. */
export interface TensorDraft {
  readonly data: Float32Array;
  readonly file: Uint8Array;
}

const hostIsLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const LENGTH_BYTES = 8;
const ALIGNMENT = 8; // the format's own: the header is padded with spaces so that tensors start on a multiple of 8
const MAX_HEADER = 1024 * 1024;
const METADATA = '__metadata__';

/** The dtypes that model files of this project hold. */
const DTYPES = { F32: Float32Array, U16: Uint16Array } as const;
type Dtype = keyof typeof DTYPES;

/**
 * Writes a safetensors file (huggingface/safetensors, format 0.4): u64le header length, JSON header, tensors. Keys and tensors
 * stand in byte order and the header is canonical JSON, so that equal content has equal bytes.
 *
 * @example
 * const file = writeTensors({ metadata: { kind: 'ials' }, tensors: [{ name: 'item_factors', shape: [2, 4], data }] });
 */
export function writeTensors({ metadata, tensors }: TensorFile): Uint8Array {
  const { file, places } = layOut(metadata, tensors.map(extentOf), (bytes) => new ArrayBuffer(bytes));
  for (const tensor of tensors) writeNumbers(places.get(tensor.name)!, tensor.data);
  return file;
}

/**
 * A file that lacks the numbers of one tensor of floats, zeros at first: once they stand in `data`, `file` has the bytes of
 * `writeTensors`, without a copy.
 *
 * @param beside the other tensors
 * @param allocate the memory of the file, zeros
 * @returns undefined on a machine whose numbers do not lie as those of a file, or where they do not begin on a multiple of 4
 */
export function draftTensor(
  metadata: TensorFile['metadata'],
  lacking: Omit<Tensor, 'data'>,
  beside: readonly Tensor[],
  allocate: (bytes: number) => ArrayBufferLike,
): TensorDraft | undefined {
  if (!hostIsLittleEndian) return undefined;
  const length = lacking.shape.reduce((product, size) => product * size, Float32Array.BYTES_PER_ELEMENT);
  const extents = [...beside.map(extentOf), { ...lacking, dtype: 'F32' as const, length }];
  const { file, places } = layOut(metadata, extents, allocate);
  const { buffer, byteOffset } = places.get(lacking.name)!;
  if (byteOffset % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
  for (const tensor of beside) writeNumbers(places.get(tensor.name)!, tensor.data);
  return { file, data: new Float32Array(buffer, byteOffset, length / Float32Array.BYTES_PER_ELEMENT) };
}

interface Extent extends Omit<Tensor, 'data'> {
  readonly dtype: Dtype;
  /** Bytes. */
  readonly length: number;
}

function extentOf({ name, shape, data }: Tensor): Extent {
  return { name, shape, dtype: data instanceof Float32Array ? 'F32' : 'U16', length: data.byteLength };
}

/** A file that lacks nothing but its numbers, and the place of each tensor's. */
function layOut(
  metadata: TensorFile['metadata'],
  extents: readonly Extent[],
  allocate: (bytes: number) => ArrayBufferLike,
): { readonly file: Uint8Array; readonly places: ReadonlyMap<string, Uint8Array> } {
  const sorted = extents
    .map((extent) => ({ ...extent, key: utf8(extent.name) }))
    .sort((a, b) => compareBytes(a.key, b.key));
  let end = 0;
  const placed = sorted.map(({ name, shape, dtype, length }) => ({
    name,
    entry: { dtype, shape, data_offsets: [end, (end += length)] },
  }));
  const entries = placed.map(({ name, entry }): [string, unknown] => [name, entry]);
  const header = Object.fromEntries([[METADATA, metadata], ...entries]); // not by assignment, which loses __proto__
  const text = utf8(canonicalJson(header));
  const headerLength = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const begin = LENGTH_BYTES + headerLength;
  const file = new Uint8Array(allocate(begin + end)).fill(0x20, LENGTH_BYTES, begin);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(text, LENGTH_BYTES);
  const numbers = file.subarray(begin);
  return {
    file,
    places: new Map(placed.map(({ name, entry }) => [name, numbers.subarray(...entry.data_offsets)])),
  };
}

/**
 * Reads a safetensors file that somebody else made: whoever stores or sends the file chooses every byte of it. Refused are
 * duplicate or unknown header fields, dtypes other than F32 and U16, shapes that do not match their extent, and tensors that
 * overlap, leave gaps, or do not end where the file ends. The data may lie in the memory of the file: they are not to be changed.
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
    tensors: entries.map(({ name, dtype, shape, begin, end }) => ({
      name,
      shape,
      data: readNumbers(body.subarray(begin, end), dtype),
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
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function entryOf(name: string, value: JsonValue): Entry {
  const { dtype, shape, data_offsets: offsets, ...rest } = asObject(value, 'a tensor');
  if (Object.keys(rest).length > 0)
    fail('SAFETENSORS_HEADER_MALFORMED', 'a tensor has an unknown field', { name });
  if (!isDtype(dtype)) fail('SAFETENSORS_DTYPE_UNKNOWN', 'only F32 and U16 tensors are read', { name });
  if (!isSizes(shape)) fail('SAFETENSORS_SHAPE_INVALID', 'a shape is a list of whole numbers', { name });
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    fail('SAFETENSORS_HEADER_MALFORMED', 'data_offsets must be [begin, end]', { name });
  const [begin, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, DTYPES[dtype].BYTES_PER_ELEMENT);
  if (bytes !== end - begin)
    fail('SAFETENSORS_SHAPE_INVALID', 'the shape does not match the extent', { name });
  return { name, dtype, shape, begin, end };
}

function isDtype(value: JsonValue | undefined): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(DTYPES, value);
}

function isSizes(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function asObject(value: JsonValue, what: string): Record<string, JsonValue> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    fail('SAFETENSORS_HEADER_MALFORMED', `${what} must be an object`);
  return value as Record<string, JsonValue>;
}

function writeNumbers(bytes: Uint8Array, data: TensorData): void {
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!hostIsLittleEndian) swapBytes(bytes, data.BYTES_PER_ELEMENT);
}

/** A view of the file where it is aligned, as files of `writeTensors` in a buffer of their own are; else a copy. */
function readNumbers(bytes: Uint8Array, dtype: Dtype): TensorData {
  const { [dtype]: Numbers } = DTYPES;
  const width = Numbers.BYTES_PER_ELEMENT;
  if (hostIsLittleEndian && bytes.byteOffset % width === 0)
    return new Numbers(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / width);
  const copy = new Uint8Array(bytes); // not slice: a Node Buffer's slice shares the memory of the whole file
  if (!hostIsLittleEndian) swapBytes(copy, width);
  return new Numbers(copy.buffer);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

function fail(code: LearningErrorCode, message: string, facts: Record<string, string> = {}): never {
  throw new LearningError(code, message, { facts });
}
