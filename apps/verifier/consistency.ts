import {
  consistencyFromTiles,
  loadTrust,
  parseConsistencyProof,
  verifyLogConsistency,
  type ConsistencyInput,
  type ConsistencyReport,
} from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import { grouped } from '#platform/terminal';
import { claimCommand } from './claim-command.js';
import { readInput, readTrustFolder } from './input-files.js';
import { openLog } from './log-source.js';
import { chooseOne } from './choose-one.js';

interface ConsistencyInputs {
  readonly trust: string;
  readonly old: string;
  readonly new: string;
  readonly proof?: string;
  readonly tiles?: string;
}

/** `lacuna-verify consistency`: what the older checkpoint covers, the newer one covers unchanged. */
export const run = claimCommand<ConsistencyInputs, ConsistencyReport>({
  claim: 'consistency',
  verify: async (inputs, { onStep }) => {
    const proof = proofFrom(inputs);
    const [trust, older, newer] = await Promise.all([
      readTrustFolder(inputs.trust),
      readInput(inputs.old),
      readInput(inputs.new),
    ]);
    return verifyLogConsistency({
      older,
      newer,
      trust: loadTrust(trust, nodeVerifySignature),
      proof,
      onStep,
    });
  },
  describe: ({ origin, older, newer }) => [
    '',
    `Verified: ${origin} only grew, from ${grouped(older.size)} to ${grouped(newer.size)} entries`,
    `  root then ${older.root}`,
    `  root now  ${newer.root}`,
  ],
});

function proofFrom({ proof, tiles }: ConsistencyInputs): ConsistencyInput['proof'] {
  const [option, place] = chooseOne({ proof, tiles });
  return option === 'proof'
    ? async () => parseConsistencyProof(await readInput(place))
    : (oldSize, newSize) => consistencyFromTiles(openLog(place), oldSize, newSize);
}
