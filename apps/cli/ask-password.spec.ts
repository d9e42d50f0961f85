import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { refusalOfAsync } from '#libs/testkit';
import { askPassword } from './ask-password.js';

/** Somebody at a terminal, or a pipe; `shown` is what appears. */
function terminal({ isTTY }: { isTTY: boolean }) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  return { input, output, shown: () => String(output.read() ?? '') };
}

describe('a password that is asked for', () => {
  it('is typed without being shown', async () => {
    const { shown, ...there } = terminal({ isTTY: true });
    const asked = askPassword('Password of ada: ', there);
    there.input.write('correct hors\u007fse battery\r');
    expect(await asked).toBe('correct horse battery');
    expect(shown()).toBe('Password of ada: \n');
  });

  it('is the first line of a pipe, which nobody is asked for', async () => {
    const { shown, ...there } = terminal({ isTTY: false });
    there.input.end('correct horse battery\nmore\n');
    expect(await askPassword('Password: ', there)).toBe('correct horse battery');
    expect(shown()).toBe('');
  });

  it('is missing where nothing comes', async () => {
    const { input, output } = terminal({ isTTY: false });
    input.end('');
    expect(await refusalOfAsync(() => askPassword('Password: ', { input, output }))).toBe('PASSWORD_MISSING');
  });
});
