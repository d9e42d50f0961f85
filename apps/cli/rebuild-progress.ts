import type { SliceWork } from '#libs/contracts';
import type { RebuildProgress } from '#stages/unlearning';

const WORDS = {
  snapshot: 'gathering records',
  shard: 'shards',
  aggregator: 'aggregator',
  publish: 'publishing',
} as const;

/** Tells on standard error how far a rebuild is: in one line on a terminal, in lines elsewhere. */
export function showRebuildProgress(): RebuildProgress {
  const { stderr } = process;
  return ({ rebuildId, stage, done, of, work }) => {
    const text = `${rebuildId}: ${WORDS[stage]} ${done}/${of}${savedOf(work)}`;
    if (!stderr.isTTY) stderr.write(`${text}\n`);
    else stderr.write(`\r${text.padEnd(60)}${stage === 'publish' && done === of ? '\n' : ''}`);
  };
}

/** What checkpoints or earlier versions have spared of the training, as a share. */
function savedOf(work: SliceWork | undefined): string {
  return work === undefined || work.saved === 0
    ? ''
    : `, ${Math.round((100 * work.saved) / work.all)} % of the work was spared`;
}
