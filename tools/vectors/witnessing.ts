import { toHex, utf8 } from '#libs/essentials';
import { openCheckpoint, signerFromSeed } from '#libs/merkle';
import { encodeAddCheckpoint } from '#libs/witnessing';
import { logKey } from '../../libs/testkit/honest-certificate.js';
import { HonestLog } from '../../libs/testkit/honest-log.js';
import { fileOf, HONEST_TRUST, type AttackVector, type VectorInput, type VectorSet } from './vector.js';

const HELD = 5;
const SIZE = 11;
const log = new HonestLog(SIZE);
/** Shares three entries with the log. */
const fork = new HonestLog(3);
for (let at = 3; at < SIZE; at++) fork.append(utf8(`{"entry":${at}}`));
const impostor = signerFromSeed(new Uint8Array(32).fill(8));
const held = openCheckpoint(utf8(log.checkpoint(HELD)), logKey);

interface Asked {
  readonly note?: string;
  readonly oldSize?: number;
  readonly proof?: readonly Uint8Array[];
  readonly body?: string | Uint8Array;
  readonly isKnown?: boolean;
}

/** What a witness is sent, what it holds, and which log it knows by `log.vkey`. */
const asked = ({
  note = log.checkpoint(),
  oldSize = HELD,
  proof = log.consistencyProof(HELD, SIZE),
  body = encodeAddCheckpoint({ oldSize, proof, note }),
  isKnown = true,
}: Asked): VectorInput => ({
  body: fileOf(body),
  held: { size: held.size, root: toHex(held.root) },
  isKnown,
  trust: HONEST_TRUST,
});

const attackOf = (name: string, expect: string, attack: string, request: Asked): AttackVector => ({
  name: `witnessing-${name}`,
  attack,
  claim: 'witness',
  expect,
  twin: 'witnessing',
  input: asked(request),
});

// prettier-ignore
const attacks: readonly AttackVector[] = [
  attackOf('fork-of-the-same-size', 'SAME_SIZE_OTHER_ROOT', 'The log shows a second tree of the size that the witness holds.', { note: fork.checkpoint(HELD), proof: [] }),
  attackOf('larger-without-continuing', 'NOT_CONSISTENT', 'A larger tree that does not begin with the one the witness holds.', { note: fork.checkpoint(), proof: fork.consistencyProof(HELD, SIZE) }),
  attackOf('proof-extended', 'NOT_CONSISTENT', 'The proof has a hash too many.', { proof: [...log.consistencyProof(HELD, SIZE), new Uint8Array(32)] }),
  attackOf('old-size-forgotten', 'OLD_SIZE_NOT_THE_ONE_HELD', 'The log claims that the witness has seen nothing yet.', { oldSize: 0, proof: [] }),
  attackOf('smaller-than-held', 'OLD_SIZE_BEYOND_CHECKPOINT', 'The log became smaller.', { note: log.checkpoint(HELD - 1), proof: [] }),
  attackOf('impostor', 'CHECKPOINT_NOT_SIGNED_BY_LOG', 'Somebody else signed in the name of the log.', { note: log.checkpoint(SIZE, impostor) }),
  attackOf('altered-after-signing', 'CHECKPOINT_SIGNATURE_INVALID', 'The size was altered after signing.', { note: log.checkpoint().replace(`\n${SIZE}\n`, '\n12\n') }),
  attackOf('unknown-log', 'LOG_UNKNOWN', 'The witness does not know the log.', { isKnown: false }),
  attackOf('size-with-leading-zero', 'ADD_CHECKPOINT_OLD_SIZE_MALFORMED', 'The old size is spelt in another way.', { body: `old 05\n\n${log.checkpoint()}` }),
  attackOf('no-note', 'ADD_CHECKPOINT_NOTE_MALFORMED', 'The request carries no checkpoint.', { body: 'old 5\n' }),
];

export default {
  honest: [{ name: 'witnessing', claim: 'witness', input: asked({}) }],
  attacks,
} satisfies VectorSet;
