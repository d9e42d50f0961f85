import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '#libs/essentials';
import { refusalOf } from '#libs/testkit';
import { readTensors, writeTensors } from './index.js';
import { draftTensor } from './safetensors.js';

const FLOATS = Float32Array.of(1, -2, 0.5, 3);

/** A file with this header text, as an attacker could make it. */
function fileOf(
  header: string,
  body: Uint8Array = new Uint8Array(16),
  headerLength = utf8(header).length,
): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(headerLength), true);
  return concatBytes(length, utf8(header), body);
}
const tensor = (fields: string): string => `{"a":{${fields}}}`;
const codeOf = (file: Uint8Array): string => refusalOf(() => readTensors(file));

describe('a safetensors file', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name.isWellFormed()),
          {
            maxLength: 4,
          },
        ),
        fc.array(fc.float({ noNaN: true }), { maxLength: 6 }),
        (names, values) => {
          const data = Float32Array.from(values);
          const tensors = names.map((name) => ({ name, shape: [1, values.length], data }));
          const read = readTensors(writeTensors({ metadata: { kind: 'test' }, tensors }));
          expect(read.metadata).toEqual({ kind: 'test' });
          expect(new Map(read.tensors.map((one) => [one.name, one]))).toEqual(
            new Map(tensors.map((one) => [one.name, one])),
          );
        },
      ),
      { examples: [[['__proto__'], [1.5]]] },
    );
  });

  it('is read when another implementation wrote it', () => {
    // safetensors 0.8.0 for Python: save({'item_factors': np.array([[1, -2], [.5, 3]], np.float32)}, {'kind': 'ials'})
    const header =
      '{"__metadata__":{"kind":"ials"},"item_factors":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}     ';
    const body = fromHex('0000803f000000c00000003f00004040');
    expect(readTensors(fileOf(header, body))).toEqual({
      metadata: { kind: 'ials' },
      tensors: [{ name: 'item_factors', shape: [2, 2], data: FLOATS }],
    });
  });

  it('is laid out to the byte: header in canonical JSON, padded to a multiple of 8, then the floats', () => {
    const file = writeTensors({
      metadata: { kind: 'ials' },
      tensors: [{ name: 'item_factors', shape: [2, 2], data: FLOATS }],
    });
    const header =
      '{"__metadata__":{"kind":"ials"},"item_factors":{"data_offsets":[0,16],"dtype":"F32","shape":[2,2]}}     ';
    expect(toHex(file)).toBe(`6800000000000000${toHex(utf8(header))}0000803f000000c00000003f00004040`);
  });

  it('holds counts as whole numbers of 16 bits', () => {
    const counts = { name: 'counts', shape: [3], data: Uint16Array.of(1, 2, 65_535) };
    const tensors = [counts, { name: 'factors', shape: [4], data: FLOATS }];
    const file = writeTensors({ metadata: {}, tensors });
    expect(readTensors(file).tensors).toEqual(tensors);
    const body = '01000200ffff0000803f000000c00000003f00004040';
    expect(toHex(file).endsWith(body)).toBe(true);
    expect(toHex(file)).toContain(toHex(utf8('"counts":{"data_offsets":[0,6],"dtype":"U16","shape":[3]}')));
  });

  it('is read from a Node Buffer that is part of a larger one', () => {
    const tensors = [{ name: 'a', shape: [3], data: Float32Array.of(1, 2, 3) }];
    const file = writeTensors({ metadata: {}, tensors });
    const pooled = Buffer.concat([Buffer.alloc(8), file]).subarray(8);
    expect(readTensors(pooled).tensors).toEqual(tensors);
  });

  it('has the same bytes in whichever order its tensors are given', () => {
    const one = { name: 'a', shape: [4], data: FLOATS };
    const two = { name: 'b', shape: [2, 2], data: FLOATS };
    expect(writeTensors({ metadata: {}, tensors: [two, one] })).toEqual(
      writeTensors({ metadata: {}, tensors: [one, two] }),
    );
  });

  it('has the same bytes where its numbers are written in place, whatever stands beside them', () => {
    const tensor = { name: 'weights', shape: [2, 3] };
    const numbers = [1.5, -0, 0, 3, -2, 7];
    const counts = { name: 'xs', shape: [3], data: Uint16Array.of(1, 0, 513) };
    const floats = { name: 'a', shape: [1], data: Float32Array.of(0.5) };
    for (const Memory of [ArrayBuffer, SharedArrayBuffer])
      for (const beside of [[], [counts], [counts, floats]]) {
        const draft = draftTensor({ kind: 'ease' }, tensor, beside, (bytes) => new Memory(bytes))!;
        expect(draft.data.buffer).toBeInstanceOf(Memory);
        draft.data.set(numbers);
        const tensors = [{ ...tensor, data: Float32Array.from(numbers) }, ...beside];
        const written = writeTensors({ metadata: { kind: 'ease' }, tensors });
        expect(Buffer.compare(draft.file, written)).toBe(0);
      }
    const before = { ...counts, name: 'counts' }; // 6 bytes: floats behind them would lie on an odd multiple of 2
    expect(draftTensor({}, tensor, [before], (bytes) => new ArrayBuffer(bytes))).toBeUndefined();
  });

  it('may hold a tensor without elements', () => {
    const empty = { name: 'item_factors', shape: [0, 64], data: new Float32Array() };
    expect(readTensors(writeTensors({ metadata: {}, tensors: [empty] })).tensors).toEqual([empty]);
  });
});

describe('reading a safetensors file refuses', () => {
  const good = tensor('"dtype":"F32","shape":[4],"data_offsets":[0,16]');
  it('nothing about a file that is in order', () => {
    expect(readTensors(fileOf(good)).tensors).toHaveLength(1);
  });

  it.each([
    ['a file without a length', new Uint8Array(7), 'SAFETENSORS_TRUNCATED'],
    ['a header longer than the file', fileOf(good, new Uint8Array(), 5000), 'SAFETENSORS_TRUNCATED'],
    ['a body that ends early', fileOf(good, new Uint8Array(12)), 'SAFETENSORS_TRUNCATED'],
    ['a header of exabytes', fileOf(good, new Uint8Array(16), 2 ** 53), 'SAFETENSORS_HEADER_TOO_LARGE'],
    ['a header that begins with a space', fileOf(` ${good}`), 'SAFETENSORS_HEADER_MALFORMED'],
    ['a header that is no JSON', fileOf('{"a":'), 'SAFETENSORS_HEADER_MALFORMED'],
    [
      'a name that stands twice',
      fileOf(`${good.slice(0, -1)},${good.slice(1)}`),
      'SAFETENSORS_HEADER_MALFORMED',
    ],
    ['metadata that is not text', fileOf('{"__metadata__":{"a":1}}'), 'SAFETENSORS_HEADER_MALFORMED'],
    [
      'a field that the format does not have',
      fileOf(tensor('"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1')),
      'SAFETENSORS_HEADER_MALFORMED',
    ],
    [
      'offsets that descend',
      fileOf(tensor('"dtype":"F32","shape":[4],"data_offsets":[16,0]')),
      'SAFETENSORS_HEADER_MALFORMED',
    ],
    [
      'doubles',
      fileOf(tensor('"dtype":"F64","shape":[2],"data_offsets":[0,16]')),
      'SAFETENSORS_DTYPE_UNKNOWN',
    ],
    [
      'counts whose shape is that of floats',
      fileOf(tensor('"dtype":"U16","shape":[4],"data_offsets":[0,16]')),
      'SAFETENSORS_SHAPE_INVALID',
    ],
    [
      'a shape that does not fit its extent',
      fileOf(tensor('"dtype":"F32","shape":[3],"data_offsets":[0,16]')),
      'SAFETENSORS_SHAPE_INVALID',
    ],
    [
      'a negative size',
      fileOf(tensor('"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]')),
      'SAFETENSORS_SHAPE_INVALID',
    ],
    [
      'a gap before the first tensor',
      fileOf(tensor('"dtype":"F32","shape":[3],"data_offsets":[4,16]')),
      'SAFETENSORS_OFFSETS_NOT_CONTIGUOUS',
    ],
    [
      'tensors that overlap',
      fileOf(
        '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}',
      ),
      'SAFETENSORS_OFFSETS_NOT_CONTIGUOUS',
    ],
    ['bytes behind the last tensor', fileOf(good, new Uint8Array(20)), 'SAFETENSORS_OFFSETS_NOT_CONTIGUOUS'],
  ])('%s', (_, file, code) => {
    expect(codeOf(file)).toBe(code);
  });
});
