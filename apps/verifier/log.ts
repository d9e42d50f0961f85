import { loadTrust, verifyLog, type LogReport } from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import { grouped } from '#platform/terminal';
import { chooseOne } from './choose-one.js';
import { claimCommand } from './claim-command.js';
import { readInput, readTrustFolder } from './input-files.js';
import { openLog } from './log-source.js';

interface LogInputs {
  readonly trust: string;
  readonly folder?: string;
  readonly url?: string;
  readonly since?: string;
}

/** `lacuna-verify log`: reads every tile and every entry and computes the root again. */
export const run = claimCommand<LogInputs, LogReport>({
  claim: 'log',
  verify: async ({ trust: trustFolder, folder, url, since: sinceFile }, { onStep, onProgress }) => {
    const [, place] = chooseOne({ folder, url });
    const [trust, since] = await Promise.all([
      readTrustFolder(trustFolder),
      sinceFile === undefined ? undefined : readInput(sinceFile),
    ]);
    return verifyLog({
      files: openLog(place),
      trust: loadTrust(trust, nodeVerifySignature),
      since,
      onStep,
      onEntries: everyTenth(onProgress),
    });
  },
  describe: ({ origin, head, since }) => [
    '',
    `Verified: ${origin} is whole, ${grouped(head.size)} entries`,
    `  root ${head.root}`,
    ...(since === null
      ? []
      : [`  its first ${grouped(since.size)} entries are those of the earlier checkpoint`]),
  ],
});

const WORTH_TELLING = 10_000; // entries that are read within a second

/** A line at each tenth of a log that takes a while. */
function everyTenth(tell: (line: string) => void): (read: number, size: number) => void {
  let told = 0;
  return (read, size) => {
    const tenth = Math.floor((read * 10) / size);
    if (size < WORTH_TELLING || tenth === told) return;
    told = tenth;
    tell(`  ${grouped(read)} of ${grouped(size)} entries read`);
  };
}
