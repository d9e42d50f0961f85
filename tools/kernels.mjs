// Compiles the AssemblyScript kernels into modules that can be imported anywhere: libs/kernels/generated/NAME.wasm.ts.
// `--check` writes nothing and fails when the committed bytes are not what the sources give.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const KERNELS = ['bpr', 'dense', 'ials', 'inverse', 'pairs', 'sha256', 'topk', 'two-tower'];
// Plain SIMD only: relaxed SIMD may round differently from machine to machine (DESIGN §4.6). No runtime, no imports.
const OPTIONS = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--use', 'abort='];

async function compile(kernel) {
  const source = `libs/kernels/assembly/${kernel}.ts`;
  const output = new Map();
  const { error, stderr } = await asc.main([source, '--outFile', 'kernel.wasm', ...OPTIONS], {
    readFile: (name, base) => {
      const file = path.resolve(base, name);
      return existsSync(file) ? readFileSync(file, 'utf8') : null;
    },
    writeFile: (name, content) => void output.set(name, content),
    baseDir: root,
  });
  if (error) throw new Error(`${source} does not compile\n${stderr.toString()}`);
  return output.get('kernel.wasm');
}

function moduleText(kernel, bytes) {
  const base64 = Buffer.from(bytes).toString('base64');
  const lines = base64.match(/.{1,120}/g).map((line) => `  '${line}'`);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return [
    `// Made by tools/kernels.mjs from libs/kernels/assembly/${kernel}.ts; do not edit.`,
    `/** SHA-256 of the WebAssembly module. */`,
    `export const digest = '${digest}';`,
    `/** The module, base64. */`,
    `export const base64 = [`,
    `${lines.join(',\n')},`,
    `].join('');`,
    '',
  ].join('\n');
}

async function main() {
  const check = process.argv.includes('--check');
  for (const kernel of KERNELS) {
    const file = path.join(root, `libs/kernels/generated/${kernel}.wasm.ts`);
    const text = moduleText(kernel, await compile(kernel));
    const committed = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    if (check && committed !== text) {
      console.error(`${kernel}: the committed module is not what the sources give; run \`npm run kernels\`.`);
      process.exitCode = 1;
    } else if (!check) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

await main();
