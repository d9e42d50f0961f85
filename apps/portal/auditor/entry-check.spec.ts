import { describe, expect, it } from '@jest/globals';
import { parseBundle } from '#libs/certificate';
import { fromUtf8, sha256, toHex, utf8 } from '#libs/essentials';
import { leafHash } from '#libs/merkle';
import type { EntryDetail } from '#libs/portal-contract';
import { exampleStatement, honestCertificate, honestTrustFiles } from '#libs/testkit';
import { checkEntry } from './entry-check.js';

const trust = honestTrustFiles();
const { bundle } = honestCertificate();
const { entry, envelope } = parseBundle(utf8(bundle));

/** The entry of an honest certificate, as the explorer shows it. */
const shown: EntryDetail = {
  index: entry.proof.index,
  type: 'certificate',
  payloadDigest: toHex(sha256(envelope.payload)),
  leafHash: toHex(leafHash(entry.body)),
  entry: JSON.parse(fromUtf8(entry.body)),
  statement: JSON.parse(bundle),
  proof: {
    checkpoint: fromUtf8(entry.proof.checkpoint),
    treeSize: entry.proof.size,
    rootHash: toHex(entry.proof.root),
    hashes: entry.proof.hashes.map(toHex),
  },
};

const check = (detail: EntryDetail, files: Record<string, string> = trust) =>
  checkEntry(detail, files, 2_000_000_000);
const refusedAt = async (detail: EntryDetail, files?: Record<string, string>) => {
  const { steps, refusal } = await check(detail, files);
  return [steps.find(({ state }) => state === 'refused')?.step, refusal?.code];
};

describe('an entry of the ledger', () => {
  it('verifies from its own bytes up to the signed root', async () => {
    const checked = await check(shown);
    expect(checked.steps.map(({ state }) => state)).toEqual(Array(6).fill('verified'));
    expect(toHex(checked.path!.root.hash)).toBe(checked.signedRoot);
    expect(checked.result?.statement?.predicate).toMatchObject({ request: { id: 'req-1' } });
  });

  it('has one step less where its statement is not kept', async () => {
    const { steps, result } = await check({ ...shown, statement: undefined });
    expect([steps.map(({ step }) => step).includes('statement'), result]).toEqual([false, {}]);
  });

  it('is refused under trust files of another log', async () => {
    const others = { ...trust, 'log.vkey': trust['log.vkey'].replace('ledger.example.org', 'other.example') };
    expect((await refusedAt(shown, others))[0]).toBe('trust');
  });

  it('is refused with another content, another proof, another head or another statement', async () => {
    const { proof } = shown;
    const [first, ...rest] = proof.hashes;
    const flipped = (first.startsWith('0') ? '1' : '0') + first.slice(1);
    const other = { ...(shown.entry as object), kind: 'other' };
    const another = JSON.parse(honestCertificate({ statement: exampleStatement('req-2') }).bundle);
    expect(await refusedAt({ ...shown, entry: other })).toEqual(['leaf', 'ENTRY_LEAF_MISMATCH']);
    expect(await refusedAt({ ...shown, proof: { ...proof, hashes: [flipped, ...rest] } })).toEqual([
      'inclusion',
      'INCLUSION_ROOT_MISMATCH',
    ]);
    expect(await refusedAt({ ...shown, proof: { ...proof, treeSize: proof.treeSize + 1 } })).toEqual([
      'head',
      'ENTRY_HEAD_MISMATCH',
    ]);
    expect(await refusedAt({ ...shown, proof: { ...proof, checkpoint: `${proof.checkpoint}x` } })).toEqual([
      'checkpoint',
      'CHECKPOINT_MALFORMED',
    ]);
    expect(await refusedAt({ ...shown, statement: another })).toEqual([
      'statement',
      'ENTRY_STATEMENT_OF_ANOTHER',
    ]);
  });
});
