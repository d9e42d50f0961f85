// Builds the portal with Vite and holds each of its pages to the budget of what a first visit loads.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const BUDGET = 250 * 1024; // bytes of script, gzip, for any page that somebody opens first
const ENTRY = 'index.html';
const PAGE = /\.page\.tsx$/;
const MESSAGES = /^messages\/.+\.json$/;

/** @param root the folder that holds apps/ and dist/ */
export async function buildPortal(root) {
  await build({ configFile: path.join(root, 'apps/portal/vite.config.mjs'), logLevel: 'warn' });
  const folder = path.join(root, 'dist/apps/portal');
  const manifest = JSON.parse(readFileSync(path.join(folder, '.vite/manifest.json'), 'utf8'));
  const tooHeavy = firstLoads(
    manifest,
    (file) => gzipSync(readFileSync(path.join(folder, file))).length,
  ).filter(({ bytes }) => bytes > BUDGET);
  if (tooHeavy.length > 0)
    throw new Error(
      `Pages load more script than ${kibibytes(BUDGET)}: ${tooHeavy.map(({ page, bytes }) => `${page} ${kibibytes(bytes)}`).join(', ')}. ` +
        'Load what a page needs later by a dynamic import.',
    );
}

/**
 * Bytes of script that a first visit of each page loads: the entry, the page, the longest file of messages, and all that these import statically.
 *
 * @param sizeOf compressed size of a built file
 */
export function firstLoads(manifest, sizeOf) {
  const messages = Object.keys(manifest).filter((name) => MESSAGES.test(name));
  const longest = messages.sort((a, b) => sizeOf(manifest[b].file) - sizeOf(manifest[a].file)).slice(0, 1);
  return Object.keys(manifest)
    .filter((name) => PAGE.test(name))
    .map((page) => {
      const files = staticImports(manifest, [ENTRY, page, ...longest]);
      return { page, bytes: files.reduce((sum, file) => sum + sizeOf(file), 0) };
    });
}

function staticImports(manifest, names) {
  const reached = new Set();
  const visit = (name) => {
    if (reached.has(name)) return;
    reached.add(name);
    (manifest[name].imports ?? []).forEach(visit);
  };
  names.forEach(visit);
  return [...new Set([...reached].map((name) => manifest[name].file))].filter((file) => file.endsWith('.js'));
}

function kibibytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
