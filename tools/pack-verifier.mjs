// Packs `lacuna-verify` into a few files over dist/: most of what a short command waits for is finding and opening modules.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

// Loads native code and starts threads by the addresses of their files, and takes seconds anyway: stays as it was compiled.
const UNPACKED = ['./replay.js'];

// Commander is CommonJS and requires Node's own modules, which an ES module has to be lent a `require` for.
const LEND_REQUIRE =
  "import { createRequire as lendRequire } from 'node:module'; const require = lendRequire(import.meta.url);";

/** @param root the folder that holds dist/ */
export async function packVerifier(root) {
  const folder = path.join(root, 'dist/apps/verifier');
  rmSync(path.join(folder, 'packed'), { recursive: true, force: true });
  await build({
    entryPoints: [path.join(folder, 'main.js')],
    outdir: folder,
    chunkNames: 'packed/[name]-[hash]',
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: UNPACKED,
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: LEND_REQUIRE },
    logLevel: 'warning',
  });
}
