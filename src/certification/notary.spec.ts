import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { revocationStatement, signStatement } from '#libs/certificate';
import { modelSignerFromSeed } from '#libs/interop';
import { signerFromSeed } from '#libs/merkle';
import { InMemoryEventStore } from '#stages/event-store';
import { Ledger } from '#stages/ledger';
import { Notary, StatementFiles } from './index.js';

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const [first, next] = [1, 2].map((byte) => signerFromSeed(seed(byte)));
const statement = revocationStatement({
  line: 'main',
  version: 1,
  manifestDigest: '0a'.repeat(32),
  reason: 'superseded',
  revokedAt: '2026-01-02T03:04:05Z',
});

let folder: string;
let ledger: Ledger;
let notary: Notary;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'notary-'));
  ledger = await Ledger.open({
    folder,
    origin: 'ledger.example.org',
    signer: () => signerFromSeed(seed(3)),
    now: () => '2026-01-02T03:04:05Z',
    events: new InMemoryEventStore(),
  });
  const signers = () =>
    ledger.signerKeys(first.publicKey).map(({ publicKey, ...period }) => ({
      ...period,
      signer: publicKey === first.publicKey ? first : next,
    }));
  const statements = new StatementFiles(path.join(folder, 'statements'));
  notary = new Notary(signers, ledger, statements, modelSignerFromSeed(seed(4)));
});

afterEach(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true });
});

describe('a notary whose key was rotated', () => {
  const rotate = () => notary.signerKeyRotation(ledger.planSignerRotation(0, next.publicKey));

  it('signs nothing again that the key before has signed', async () => {
    const once = await notary.notarise(statement);
    await rotate();
    const again = await notary.notarise(statement);
    expect(again.envelope).toEqual(once.envelope);
    expect([again.receipt.index, ledger.size()]).toEqual([once.receipt.index, 2]);
  });

  it('signs by the new key what comes after, also what was asked while the key was announced', async () => {
    const [, { envelope }] = await Promise.all([rotate(), notary.notarise(statement)]);
    expect(envelope).toEqual(signStatement(statement, next));
    expect(ledger.size()).toBe(2);
  });
});
