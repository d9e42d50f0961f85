// Where the specs' temporary folders lie. A small installation makes every commit durable, which on a disk takes most of a spec's time, and no spec outlives
// the loss of power that this is for; so where there is a file system in memory with room enough, they lie there. TMPDIR overrides it.
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
const PREFIX = 'lacuna-specs-';
const ROOM = 4 * 1024 ** 3; // a whole run needs less than one
const TMPFS = 0x0102_1994; // statfs(2), TMPFS_MAGIC

export function scratchInMemory() {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return;
  removeThoseOfTheDead();
  const folder = path.join(MEMORY, `${PREFIX}${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

function hasRoom() {
  if (!existsSync(MEMORY)) return false;
  const { type, bavail, bsize } = statfsSync(MEMORY);
  return type === TMPFS && bavail * bsize > ROOM && freemem() > ROOM;
}

/** A run that was killed left its folder. */
function removeThoseOfTheDead() {
  for (const name of readdirSync(MEMORY))
    if (name.startsWith(PREFIX) && !existsSync(`/proc/${name.slice(PREFIX.length)}`))
      rmSync(path.join(MEMORY, name), { recursive: true, force: true });
}
