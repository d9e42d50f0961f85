import { describe, expect, it } from '@jest/globals';
import { interactionEventId, uuidFromDigest } from './event-ids.js';

const label = new Uint8Array(32).fill(0xff);

describe('event ids made from content', () => {
  it('marks the id as version 8 with the variant of RFC 9562', () => {
    expect(uuidFromDigest(label)).toBe('ffffffff-ffff-8fff-bfff-ffffffffffff');
  });

  it('gives the same record the same id, and another one in the next generation', () => {
    // python3: hashlib.sha256(b'\xff'*32 + (0).to_bytes(8,'big')).hexdigest()[:32], version and variant set by hand
    expect(interactionEventId(label, 0)).toBe('a5d57364-d057-895d-99d3-0b02c1a99184');
    expect(interactionEventId(label, 1)).not.toBe(interactionEventId(label, 0));
  });
});
