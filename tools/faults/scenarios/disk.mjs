// The disk of the data folder fills up under load, and gets room again: the folder lies on a file system of its own, of a size that is changed.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.mjs';
import { must, unlessCutOff } from '../house.mjs';
import { newEntry } from '../foundation.mjs';
import { newRequest } from '../workload.mjs';

const MEGABYTE = 1_000_000;
const LINES = 200;
const MOST_BATCHES = 200;
const BALLAST = 'ballast';

export default {
  name: 'disk',
  title: 'the disk fills up under load, with requests under way; room comes back with or without a restart',
  unit: 'full disks',
  defaultRuns: 6,
  needs: () => canMount(),
  async run(house, draws) {
    const unmount = moveToItsOwnDisk(house);
    try {
      await house.mustOpen();
      await fill(house, draws.for('fill'));
      if (draws.chance(0.5)) {
        await house.api.kill();
        await startsOrSaysWhy(house);
        rmSync(path.join(house.folder, BALLAST), { force: true });
        await house.mustOpen();
      } else rmSync(path.join(house.folder, BALLAST), { force: true });
      await house.recover(draws.for('recover'));
      await house.goesOn(draws.for('after'));
      await house.close();
    } finally {
      if (!house.api.hasEnded) await house.api.kill();
      unmount();
    }
    return 1;
  },
};

const mount = (...argv) => spawnSync('mount', argv, { stdio: 'ignore' }).status === 0;

function canMount() {
  return (
    process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }).status === 0
  );
}

/** @returns takes it away again */
function moveToItsOwnDisk(house) {
  const disk = path.join(house.home, 'disk');
  mkdirSync(disk);
  must(mount('-t', 'tmpfs', '-o', `size=${24 * MEGABYTE}`, 'lacuna-faults', disk), 'a disk can be made');
  const folder = path.join(disk, 'data');
  cpSync(house.folder, folder, { recursive: true });
  rmSync(house.folder, { recursive: true });
  house.folder = folder;
  return () => spawnSync('umount', ['--lazy', disk]);
}

/** Leaves little room, then sends until nothing more is taken; a request is made while there is little, and one while there is none. */
async function fill(house, draws) {
  const { client, journal } = house;
  const { bavail, bsize } = statfsSync(house.folder);
  const room = 100_000 + draws.below(900_000);
  writeFileSync(path.join(house.folder, BALLAST), Buffer.alloc(Math.max(0, bavail * bsize - room)));
  await unlessCutOff(() => client.request(newRequest(journal, draws, 'withdrawal')));
  let batches = 0;
  while (client.lastError === undefined && batches++ < MOST_BATCHES) {
    const entries = Array.from({ length: LINES }, (_, at) =>
      newEntry(draws, draws.pick(journal.present()), `full-${batches}-${at}`),
    );
    await unlessCutOff(() => client.ingest(entries));
  }
  must(client.lastError === 'STORE_FULL', 'a full disk is named as the reason', client.lastError);
  await unlessCutOff(() => client.request(newRequest(journal, draws, 'erasure')));
  await sleep(300);
  const answer = await new Client(client.url, client.tokens, journal).call(undefined, 'GET', '/health');
  must(answer.status === 200 || answer.status === 503, 'the server still answers', answer.status);
}

/** With no room at all it may start all the same, or not, and then says what to do. */
async function startsOrSaysWhy(house) {
  if ((await house.open()) !== undefined) return house.api.kill();
  const { code, stderr } = await house.api.ended;
  must(code === 1 && /^[A-Z_]+: .*\nWhat to do: /.test(stderr), 'a server that cannot start says why', {
    code,
    stderr: stderr.slice(0, 1500),
  });
}
