// What verifying a certificate takes, as a process, over dist (run `npm run build` first):
//   node tools/bench/verify.mjs [--certificate FILE --trust FOLDER] [--runs 21]
// Without a certificate it takes the one of the specs: three shards, seven leaves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { median, root } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    certificate: { type: 'string' },
    trust: { type: 'string' },
    runs: { type: 'string', default: '21' },
  },
});

async function honestFiles(folder) {
  const outfile = path.join(folder, 'honest.mjs');
  const entry = path.join(root, 'libs/testkit/honest-certificate.ts');
  await build({ entryPoints: [entry], bundle: true, format: 'esm', platform: 'node', outfile });
  const { honestCertificate, honestTrustFiles } = await import(outfile);
  for (const [name, content] of Object.entries(honestTrustFiles()))
    writeFileSync(path.join(folder, name), content);
  const certificate = path.join(folder, 'honest.sigstore.json');
  writeFileSync(certificate, honestCertificate().bundle);
  return { certificate, trust: folder };
}

function millisecondsOf(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
  return performance.now() - started;
}

const medianOf = (args) => median(Array.from({ length: Number(options.runs) }, () => millisecondsOf(args)));

const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-bench-'));
try {
  const { certificate, trust } = options.certificate ? options : await honestFiles(folder);
  const verifier = path.join(root, 'dist/apps/verifier/main.js');
  const node = medianOf(['-e', '0']);
  const whole = medianOf([verifier, 'certificate', certificate, '--trust', trust]);
  console.log(`Medians of ${options.runs} runs:`);
  console.log(`lacuna-verify certificate, as a process   ${whole.toFixed(0)} ms   ≤ 150 ms`);
  console.log(`  of which Node itself takes              ${node.toFixed(0)} ms`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
