import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromUtf8 } from '#libs/essentials';
import { sealingContext } from './index.js';

describe('the context of a sealed payload', () => {
  it('is the JSON array of stream, id and type, whatever they hold', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w~.:-]{0,20}$/));
    fc.assert(
      fc.property(text, text, text, (stream, id, type) => {
        expect(JSON.parse(fromUtf8(sealingContext(stream, id, type)))).toEqual([stream, id, type]);
        expect(fromUtf8(sealingContext(stream, id, type))).toBe(JSON.stringify([stream, id, type]));
      }),
    );
  });
});
