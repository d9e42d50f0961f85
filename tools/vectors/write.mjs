// Writes test/vectors/adversarial from the generators beside this file, over the sources: `node tools/vectors/write.mjs [name …]`.
// A generator is a module that exports a VectorSet (vector.ts); keys and seeds are fixed, so the same generator writes the same bytes.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(path.dirname(folder));
const target = path.join(root, 'test/vectors/adversarial');

/** `#libs/x` is its source here, not what was built last. */
const sources = {
  name: 'sources',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^#libs\// }, ({ path: name }) => ({
      path: path.join(root, `${name.slice(1)}/index.ts`),
    })),
};

async function load(generator, scratch) {
  const outfile = path.join(scratch, `${generator}.mjs`);
  await build({
    entryPoints: [path.join(folder, `${generator}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    plugins: [sources],
    logLevel: 'warning',
  });
  return (await import(pathToFileURL(outfile).href)).default;
}

function write(file, vector) {
  writeFileSync(path.join(target, `${file}.json`), `${JSON.stringify(vector, undefined, 2)}\n`);
}

const NOT_GENERATORS = ['vector'];
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.basename(file, '.ts'))
  .filter((name) => !NOT_GENERATORS.includes(name));
const asked = process.argv.slice(2);
mkdirSync(path.join(target, 'honest'), { recursive: true });
const scratch = mkdtempSync(path.join(root, 'dist-vectors-')); // below the root, where packages are found
try {
  for (const generator of asked.length > 0 ? asked : all) {
    const { honest, attacks } = await load(generator, scratch);
    for (const { name, ...vector } of honest) write(`honest/${name}`, vector);
    for (const { name, ...vector } of attacks) write(name, vector);
    console.log(`${generator}: ${attacks.length} attacks, ${honest.length} honest`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
