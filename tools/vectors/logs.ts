import { toBase64, utf8 } from '#libs/essentials';
import { entriesPath, signCheckpoint, signerFromSeed, tilePath } from '#libs/merkle';
import { logKey, logSigner } from '../../libs/testkit/honest-certificate.js';
import { HonestLog } from '../../libs/testkit/honest-log.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorInput, type VectorSet } from './vector.js';

const OLD = 5;
const SIZE = 11;
const log = new HonestLog(SIZE);
/** Shares the first three entries with the log, and no more. */
const fork = new HonestLog(3);
for (let at = 3; at < SIZE; at++) fork.append(utf8(`{"entry":${at}}`));

type Files = Map<string, Uint8Array>;

const proofFile = (hashes: readonly Uint8Array[]): string =>
  fileOf(hashes.map((hash) => `${toBase64(hash)}\n`).join(''));

const consistency = (older: string, newer: string, proof: readonly Uint8Array[]): VectorInput => ({
  older: fileOf(older),
  newer: fileOf(newer),
  proof: proofFile(proof),
  trust: HONEST_TRUST,
});

const honestProof = log.consistencyProof(OLD, SIZE);
const [before, after] = [log.checkpoint(OLD), log.checkpoint()];
const impostor = signerFromSeed(new Uint8Array(32).fill(8));
const emptyHead = signCheckpoint({ origin: logKey.name, size: 0, root: new Uint8Array(32) }, logSigner);

const growth = (name: string, expect: string, attack: string, input: VectorInput): AttackVector => ({
  name: `consistency-${name}`,
  attack,
  claim: 'consistency',
  expect,
  twin: 'consistency',
  input,
});

const filesOf = (files: Files): Record<string, string> =>
  Object.fromEntries([...files].map(([path, content]) => [path, toBase64(content)]));

const whole = (
  name: string,
  expect: string,
  attack: string,
  change: (files: Files) => void,
): AttackVector => {
  const files = log.files();
  change(files);
  return {
    name: `log-${name}`,
    attack,
    claim: 'log',
    expect,
    twin: 'log',
    input: { files: filesOf(files), since: fileOf(before), trust: HONEST_TRUST },
  };
};

const TILE = tilePath({ level: 0, index: 0, width: SIZE });
const ENTRIES = entriesPath(0, SIZE);
const flip = (files: Files, path: string, at: number): void => {
  const content = files.get(path)!;
  files.set(path, content.with(at, content[at] ^ 1));
};

// prettier-ignore
const attacks: readonly AttackVector[] = [
  growth('fork-of-the-same-size', 'CONSISTENCY_FORK', 'The log signed two different trees of one size.', consistency(after, fork.checkpoint(), [])),
  growth('larger-without-continuing', 'CONSISTENCY_OLD_ROOT_MISMATCH', 'The larger tree does not begin with the smaller one; the proof is the larger tree’s own.', consistency(before, fork.checkpoint(), fork.consistencyProof(OLD, SIZE))),
  growth('proof-of-the-other-fork', 'CONSISTENCY_NEW_ROOT_MISMATCH', 'The proof of the honest growth is shown for a larger tree of a fork.', consistency(before, fork.checkpoint(), honestProof)),
  growth('proof-truncated', 'CONSISTENCY_PROOF_LENGTH', 'The last hash of the proof is left out.', consistency(before, after, honestProof.slice(0, -1))),
  growth('proof-extended', 'CONSISTENCY_PROOF_LENGTH', 'A hash is appended to the proof.', consistency(before, after, [...honestProof, honestProof[0]])),
  growth('proof-for-equal-sizes', 'CONSISTENCY_PROOF_LENGTH', 'Two equal heads come with a proof that has something in it.', consistency(after, after, honestProof)),
  growth('backwards', 'CONSISTENCY_OLDER_IS_LARGER', 'The log became smaller.', consistency(after, before, honestProof)),
  growth('from-nothing', 'CONSISTENCY_FROM_EMPTY', 'Growth from the empty log is offered as a proof of anything.', consistency(emptyHead, after, [])),
  growth('older-not-signed-by-the-log', 'CHECKPOINT_NOT_SIGNED_BY_LOG', 'The older checkpoint is an impostor’s.', consistency(log.checkpoint(OLD, impostor), after, honestProof)),
  growth('newer-altered', 'CHECKPOINT_SIGNATURE_INVALID', 'The size of the newer checkpoint is altered.', consistency(before, after.replace(`\n${SIZE}\n`, '\n12\n'), honestProof)),
  growth('proof-with-trailing-bytes', 'CONSISTENCY_PROOF_MALFORMED', 'Something follows the last line of the proof.', { ...consistency(before, after, honestProof), proof: fileOf('AAAA') }),
  whole('without-checkpoint', 'LOG_CHECKPOINT_MISSING', 'The log has no checkpoint.', (files) => files.delete('checkpoint')),
  whole('tile-missing', 'LOG_TILE_MISSING', 'A tile that the checkpoint covers is not there.', (files) => files.delete(TILE)),
  whole('tile-altered', 'LOG_ENTRY_MISMATCH', 'One hash of a tile is altered.', (files) => flip(files, TILE, 100)),
  whole('tile-truncated', 'LOG_TILE_MALFORMED', 'A tile lacks its last hash.', (files) => files.set(TILE, files.get(TILE)!.slice(0, -32))),
  whole('entries-missing', 'LOG_ENTRIES_MISSING', 'A bundle of entries answers 404 in the middle of the log.', (files) => files.delete(ENTRIES)),
  whole('entry-altered', 'LOG_ENTRY_MISMATCH', 'One byte of an entry is altered.', (files) => flip(files, ENTRIES, 200)),
  whole('entries-truncated', 'LOG_ENTRIES_MALFORMED', 'A bundle of entries is cut short.', (files) => files.set(ENTRIES, files.get(ENTRIES)!.slice(0, -9))),
  whole('other-history', 'LOG_ROOT_MISMATCH', 'All files are another log’s, under this log’s checkpoint.', (files) => {
    for (const [path, content] of new HonestLog(SIZE, impostor).files()) if (path !== 'checkpoint') files.set(path, content);
  }),
  whole('shortened', 'CONSISTENCY_OLDER_IS_LARGER', 'The log lost its last entries, and a new checkpoint hides it.', (files) => {
    files.clear();
    for (const [path, content] of log.files(OLD - 1)) files.set(path, content);
  }),
  whole('checkpoint-by-an-impostor', 'CHECKPOINT_NOT_SIGNED_BY_LOG', 'The checkpoint is signed with another key.', (files) => files.set('checkpoint', utf8(log.checkpoint(SIZE, impostor)))),
];

export default {
  honest: [
    { name: 'consistency', claim: 'consistency', input: consistency(before, after, honestProof) },
    {
      name: 'log',
      claim: 'log',
      input: { files: filesOf(log.files()), since: fileOf(before), trust: HONEST_TRUST },
    },
  ],
  attacks,
} satisfies VectorSet;
