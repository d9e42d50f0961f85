// Compiles everything into dist/, packs the verifier and the portal, and writes the digest of the code that decides a model's bytes (DESIGN §4.8).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPortal } from './build-portal.mjs';
import { packVerifier } from './pack-verifier.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

// What a model's bytes depend on: these folders and the kernels' WebAssembly, and nothing else.
const TRAINING_CODE = [
  'libs/essentials',
  'libs/contracts',
  'libs/merkle',
  'libs/sharding',
  'libs/kernels',
  'libs/learning',
];

function compile() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function compiledFiles(folder) {
  return readdirSync(path.join(root, 'dist', folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) =>
      path
        .relative(path.join(root, 'dist'), path.join(entry.parentPath ?? entry.path, entry.name))
        .split(path.sep)
        .join('/'),
    )
    .filter((file) => existsSync(path.join(root, file.replace(/\.js$/, '.ts')))); // not what an earlier build left behind
}

function codeDigest() {
  const digest = createHash('sha256');
  for (const file of TRAINING_CODE.flatMap(compiledFiles).sort()) {
    const content = createHash('sha256')
      .update(readFileSync(path.join(root, 'dist', file)))
      .digest('hex');
    digest.update(`${content}  ${file}\n`); // the format of sha256sum, so that anyone can recompute it
  }
  return digest.digest('hex');
}

compile();
await packVerifier(root);
await buildPortal(root);
writeFileSync(
  path.join(root, 'dist/code-digest.json'),
  JSON.stringify({ codeDigest: codeDigest(), of: TRAINING_CODE }) + '\n',
);
