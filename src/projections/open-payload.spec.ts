import { afterAll, describe, expect, it } from '@jest/globals';
import { keyNames } from '#libs/contracts';
import { utf8 } from '#libs/essentials';
import { sealingContext } from '#libs/messaging';
import { FileVault } from '#stages/vault';
import { openUnlessDestroyed } from './open-payload.js';

const vault = FileVault.open({ file: ':memory:', kek: new Uint8Array(32) });
afterAll(() => vault.close());
const key = keyNames.interactions('c0ffee', 0);
vault.ensureKey(key);
const event = {
  stream: 'interactions-c0ffee~0',
  id: '7f1d9b1e-0000-4000-8000-000000000001',
  type: 'InteractionRecorded',
};
const sealed = vault.seal(key, utf8('{"i":"x"}'), sealingContext(event.stream, event.id, event.type));

describe('a sealed payload', () => {
  it('is opened as what was sealed for its event', () => {
    expect(openUnlessDestroyed(vault, key, sealed, event)).toEqual({ i: 'x' });
  });

  it('that is damaged is refused by the id of its event, which names nobody', () => {
    const changed = (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1);
    expect(() => openUnlessDestroyed(vault, key, changed, event)).toThrow(
      expect.objectContaining({
        code: 'PAYLOAD_DAMAGED',
        facts: { event: event.id },
        nextStep: expect.stringContaining('restore'),
      }),
    );
  });

  it('is gone by intention when its key was destroyed', () => {
    vault.destroyKeys([key], '2026-01-02T03:04:05.678Z');
    expect(openUnlessDestroyed(vault, key, sealed, event)).toBeUndefined();
  });
});
