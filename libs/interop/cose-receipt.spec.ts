import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decode, encode } from 'cborg';
import { fromHex, toHex, utf8 } from '#libs/essentials';
import { toSpki } from '#libs/certificate';
import { LogTree, signerFromSeed } from '#libs/merkle';
import { coseReceipt, InteropError, verifyCoseReceipt } from './index.js';

const signer = signerFromSeed(new Uint8Array(32).fill(7));
const keyId = new Uint8Array(32).fill(9);
const entries = Array.from({ length: 11 }, (_, n) => utf8(`entry ${n}`));

function logOf(count: number): LogTree {
  const log = new LogTree();
  for (const entry of entries.slice(0, count)) log.append(entry);
  return log;
}

function receiptFor(index: number, count = entries.length): Uint8Array {
  const log = logOf(count);
  const position = { index, size: log.size, path: log.inclusionProof(index), root: log.root() };
  return coseReceipt(position, keyId, signer);
}

function refusal(receipt: Uint8Array, entry = entries[4]): string | undefined {
  try {
    verifyCoseReceipt(receipt, entry, keyId, signer.publicKey);
    return undefined;
  } catch (error) {
    if (error instanceof InteropError) return error.code;
    throw error;
  }
}

type Parts = [Uint8Array, Map<number, Map<number, Uint8Array[]>>, null, Uint8Array];

/** The receipt of entry 4, taken apart, changed and put together again. */
function changed(change: (parts: Parts) => unknown): Uint8Array {
  const parts = decode(receiptFor(4).subarray(1), { useMaps: true }) as Parts;
  return Uint8Array.of(0xd2, ...encode(change(parts) ?? parts));
}

describe('a COSE receipt', () => {
  it('proves every entry of every log of two leaves or more', () => {
    for (let count = 2; count <= entries.length; count++)
      for (let index = 0; index < count; index++)
        expect(verifyCoseReceipt(receiptFor(index, count), entries[index], keyId, signer.publicKey)).toBe(
          index,
        );
  });

  it('is the same bytes however often it is made, with algorithm, key and structure in its protected header', () => {
    expect(receiptFor(4)).toEqual(receiptFor(4));
    const [header] = decode(receiptFor(4).subarray(1), { useMaps: true }) as Parts;
    // {1: -8, 4: h'0909…', 395: 1}, keys in bytewise order (RFC 8949 §4.2.1)
    expect(toHex(header)).toBe(`a3012704${'5820'}${'09'.repeat(32)}19018b01`);
  });

  it('has the signature of RFC 9052 §4.4, as another implementation of Ed25519 sees it', () => {
    const [header, , payload, signature] = decode(receiptFor(4).subarray(1), { useMaps: true }) as Parts;
    expect(payload).toBeNull();
    const root = logOf(entries.length).root();
    // ["Signature1", header, h'', root], written out
    const signed = Buffer.concat([
      Buffer.from('846a5369676e617475726531', 'hex'),
      Buffer.from([0x58, header.length]),
      header,
      Buffer.from('405820', 'hex'),
      root,
    ]);
    const key = createPublicKey({
      key: Buffer.from(toSpki(signer.publicKey)),
      format: 'der',
      type: 'spki',
    });
    expect(verify(null, signed, key, signature)).toBe(true);
  });

  it('is not made for the only leaf of a log', () => {
    expect(() => receiptFor(0, 1)).toThrow(expect.objectContaining({ code: 'COSE_TREE_TOO_SMALL' }));
  });

  it('is refused for another entry', () => {
    expect(refusal(receiptFor(4), entries[5])).toBe('COSE_SIGNATURE_INVALID');
  });

  it('is refused with another path, index or size', () => {
    const withProof = (size: number, index: number, path: Uint8Array[]): Uint8Array =>
      changed(([, proofs]) => {
        proofs.get(396)!.set(-1, [encode([size, index, path])]);
      });
    const path = logOf(11).inclusionProof(4);
    expect(refusal(withProof(11, 4, path))).toBeUndefined();
    expect(refusal(withProof(11, 5, path))).toBe('COSE_SIGNATURE_INVALID');
    expect(refusal(withProof(11, 11, path))).toBe('COSE_PROOF_INVALID');
    expect(refusal(withProof(11, 4, path.slice(1)))).toBe('COSE_PROOF_INVALID');
    expect(refusal(withProof(11, 4, [...path, path[0]]))).toBe('COSE_PROOF_INVALID');
    expect(refusal(withProof(11, 4, []))).toBe('COSE_MALFORMED');
  });

  it.each([
    [
      'another algorithm (ES256)',
      new Map<number, unknown>([
        [1, -7],
        [4, keyId],
        [395, 1],
      ]),
      'COSE_ALGORITHM_UNKNOWN',
    ],
    [
      'another structure',
      new Map<number, unknown>([
        [1, -8],
        [4, keyId],
        [395, 2],
      ]),
      'COSE_STRUCTURE_UNKNOWN',
    ],
    [
      'another key',
      new Map<number, unknown>([
        [1, -8],
        [4, new Uint8Array(32)],
        [395, 1],
      ]),
      'COSE_KEY_UNKNOWN',
    ],
    [
      'a header that was not signed',
      new Map<number, unknown>([
        [1, -8],
        [4, keyId],
        [395, 1],
        [9, 1],
      ]),
      'COSE_SIGNATURE_INVALID',
    ],
  ])('is refused with %s', (_, header, code) => {
    expect(refusal(changed(([, ...rest]) => [encode(header), ...rest]))).toBe(code);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no tag', receiptFor(4).subarray(1)],
    ['a byte too many', Uint8Array.of(...receiptFor(4), 0)],
    ['a byte too few', receiptFor(4).slice(0, -1)],
    ['the root attached', changed((parts) => [parts[0], parts[1], logOf(11).root(), parts[3]])],
    [
      'two proofs',
      changed(([, proofs]) => {
        const inclusion = proofs.get(396)!;
        inclusion.set(-1, [...inclusion.get(-1)!, ...inclusion.get(-1)!]);
      }),
    ],
    ['text for bytes', changed((parts) => [parts[0], parts[1], null, 'signature'])],
    [
      'a map with a key twice',
      Uint8Array.of(0xd2, 0x84, 0x45, 0xa2, 0x01, 0x27, 0x01, 0x27, 0xa0, 0xf6, 0x40),
    ],
    ['70,000 bytes', new Uint8Array(70_000).fill(0xd2)],
  ])('is refused when it is %s', (_, receipt) => {
    expect(refusal(receipt)).toBe('COSE_MALFORMED');
  });

  it('is refused under another key of the log', () => {
    const other = signerFromSeed(new Uint8Array(32).fill(8)).publicKey;
    expect(() => verifyCoseReceipt(receiptFor(4), entries[4], keyId, other)).toThrow(
      expect.objectContaining({ code: 'COSE_SIGNATURE_INVALID' }),
    );
  });

  it('does not survive a change in any of its bytes', () => {
    const receipt = receiptFor(4);
    for (let at = 0; at < receipt.length; at++) {
      const flipped = receipt.slice();
      flipped[at] ^= 0x80;
      expect(refusal(flipped)).toBeDefined();
    }
  });

  it('does not sign the size: one that leads the path to the same root passes, others do not', () => {
    const withSize = (size: number): Uint8Array =>
      changed(([, proofs]) => {
        proofs.get(396)!.set(-1, [encode([size, 4, logOf(11).inclusionProof(4)])]);
      });
    expect([8, 9, 10, 11, 16, 17].map((size) => refusal(withSize(size)))).toEqual([
      'COSE_PROOF_INVALID',
      undefined,
      undefined,
      undefined,
      undefined,
      'COSE_PROOF_INVALID',
    ]);
  });

  it('reads the ES256 example of the draft as far as it goes: its algorithm is not ours', () => {
    // shape of draft-ietf-cose-merkle-tree-proofs, "Receipt of Inclusion": {1: -7, 395: 1}, no key id
    const header = fromHex('a2012619018b01');
    const proof = encode([20, 17, [new Uint8Array(32)]]);
    const example = encode([header, new Map([[396, new Map([[-1, [proof]]])]]), null, new Uint8Array(64)]);
    expect(refusal(Uint8Array.of(0xd2, ...example))).toBe('COSE_ALGORITHM_UNKNOWN');
  });
});
