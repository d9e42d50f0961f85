import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { strategyConfig } from '#libs/learning';
import { registerLint } from './lint.js';

let folder: string;
let printed: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lacuna-lint-'));
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

/** Exit code and what was printed. */
async function lint(...argv: string[]): Promise<{ code: number; text: string }> {
  const program = new Command('lacuna').exitOverride().option('--data-folder <folder>');
  registerLint(program);
  program.commands.forEach((command) =>
    command.commands.forEach((one) => one.exitOverride().configureOutput({ writeErr: () => undefined })),
  );
  await program.parseAsync(['--data-folder', folder, 'models', 'lint', ...argv], { from: 'user' });
  return { code: Number(process.exitCode ?? 0), text: printed };
}
function write(content: string): string {
  const file = path.join(folder, 'config.json');
  writeFileSync(file, content);
  return file;
}

describe('lacuna models lint', () => {
  it('finds no leak in a strategy', async () => {
    const { code, text } = await lint('--strategy', 'sisa', '--base', 'ials');
    expect(code).toBe(0);
    expect(text).toContain('Leak lint of strategy sisa');
    expect(text).toMatch(/^clean +§4\.2 +PARTITION_KEYED_HASH +partition by-subject/m);
    expect(text).toContain('No leak found.');
  });

  it('says of a configuration of your own what the certificate says of it', async () => {
    const config = { ...strategyConfig('sisa'), subModel: { ...strategyConfig('sisa').subModel, sweeps: 3 } };
    const { code, text } = await lint('--config', write(JSON.stringify(config)));
    expect(code).toBe(0);
    expect(text).toMatch(/^stated +§4\.8 +CONFIGURATION_OWN/m);
    expect(text).toContain('CONFIGURATION_OWN: the certificate says "genesis: digest of the configuration');
  });

  it('looks at the line in use unless told otherwise', async () => {
    const { code, text } = await lint();
    expect(code).toBe(0);
    expect(text).toContain('Leak lint of line main');
  });

  it('ends with 1 when there is a leak, and names what was not looked into', async () => {
    const { code, text } = await lint('--published', 'receraser');
    expect(code).toBe(1);
    expect(text).toMatch(/^leak +§4\.4 +NEGATIVES_POSITIVES_OF_ALL_SHARDS/m);
    expect(text).toContain('Not looked into: order');
    expect(text).toContain('6 leaks found in what was looked into.');
  });

  it('prints JSON when asked to', async () => {
    const { text } = await lint('--published', 'eemu', '--json');
    expect(JSON.parse(text)).toMatchObject({ leaks: 2, findings: [{ rule: '4.1', severity: 'leak' }, {}] });
  });

  it.each([
    ['a strategy that does not exist', ['--strategy', 'none'], 'commander.invalidArgument'],
    ['a file that does not exist', ['--config', '/nowhere/config.json'], 'LINE_CONFIG_UNREADABLE'],
    ['two things at once', ['--strategy', 'sisa', '--published', 'sisa'], 'commander.conflictingOption'],
    ['a publication that it does not know', ['--published', 'none'], 'commander.invalidArgument'],
  ])('refuses %s', async (_, argv, code) => {
    await expect(lint(...argv)).rejects.toMatchObject({ code });
  });

  it('refuses a file that is not JSON, and a configuration that no line may have', async () => {
    await expect(lint('--config', write('{'))).rejects.toMatchObject({ code: 'LINE_CONFIG_UNREADABLE' });
    const config = { ...strategyConfig('sisa'), slices: 1 };
    await expect(lint('--config', write(JSON.stringify(config)))).rejects.toMatchObject({
      code: 'CONFIG_SLICES_OUT_OF_RANGE',
    });
  });
});
