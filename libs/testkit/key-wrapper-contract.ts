import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyWrapper } from '#libs/messaging';
import { refusalOfAsync } from './scenario.js';

/** Wrappers over keys of one service. */
export interface OpenedWrappers {
  readonly wrapper: KeyWrapper;
  /** Another key of the same service. */
  readonly another: KeyWrapper;
  readonly close?: () => Promise<void>;
}

/**
 * What every key service must do; run it on each adapter, over a stand-in and, where one is named, over the real service.
 *
 * @example
 * describeKeyWrapperContract('Vault transit', async () => ({ wrapper, another }));
 */
export function describeKeyWrapperContract(name: string, open: () => Promise<OpenedWrappers>): void {
  describe(`key wrapper, ${name}`, () => {
    const kek = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
    let opened: OpenedWrappers;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close?.());

    it('gives back what it wrapped, and shows nothing of it', async () => {
      const wrapped = await opened.wrapper.wrap(kek, 'installation-1');
      expect(wrapped).toMatch(/^[\x21-\x7e]+$/); // printable: it goes into a JSON file as it is
      for (const encoding of ['hex', 'base64', 'latin1'] as const)
        expect(wrapped).not.toContain(Buffer.from(kek).toString(encoding));
      expect(await opened.wrapper.unwrap(wrapped, 'installation-1')).toEqual(kek);
    });

    it('wraps differently each time', async () => {
      const [first, second] = [await opened.wrapper.wrap(kek, 'x'), await opened.wrapper.wrap(kek, 'x')];
      expect(first).not.toBe(second);
    });

    it('opens nothing for another installation, with another key, or that was changed or cut short', async () => {
      const wrapped = await opened.wrapper.wrap(kek, 'installation-1');
      const at = wrapped.length - 10;
      const changed = `${wrapped.slice(0, at)}${wrapped[at] === 'A' ? 'B' : 'A'}${wrapped.slice(at + 1)}`;
      for (const attempt of [
        () => opened.wrapper.unwrap(wrapped, 'installation-2'),
        () => opened.another.unwrap(wrapped, 'installation-1'),
        () => opened.wrapper.unwrap(changed, 'installation-1'),
        () => opened.wrapper.unwrap(wrapped.slice(0, -12), 'installation-1'),
      ])
        expect(await refusalOfAsync(attempt)).toBe('KEY_SERVICE_KEY_WRONG');
    });

    it('still opens what an older version of its key wrapped, and wraps with the new one', async () => {
      const old = await opened.wrapper.wrap(kek, 'x');
      await opened.wrapper.rotate();
      const fresh = await opened.wrapper.wrap(kek, 'x');
      for (const wrapped of [old, fresh]) expect(await opened.wrapper.unwrap(wrapped, 'x')).toEqual(kek);
    });
  });
}
