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
  return ({ rebuildId, stage, done, of }) => {
    const text = `${rebuildId}: ${WORDS[stage]} ${done}/${of}`;
    if (!stderr.isTTY) stderr.write(`${text}\n`);
    else stderr.write(`\r${text.padEnd(60)}${stage === 'publish' && done === of ? '\n' : ''}`);
  };
}
