// What verifying a certificate takes, as a process over dist (run `npm run build` first) and inside Chromium:
//   node tools/bench/verify.mjs [--certificate FILE --trust FOLDER] [--runs 21]
// Without a certificate it takes the one of the specs: three shards, seven leaves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** A module of the tests, which dist/ does not have. */
async function testModule(file) {
  const outfile = path.join(root, '.scratch/bench', `${path.basename(file, '.ts')}.mjs`);
  await build({
    entryPoints: [path.join(root, file)],
    tsconfig: path.join(root, 'tsconfig.arch.json'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outfile,
  });
  return import(outfile);
}

async function honestFiles(folder) {
  const { honestCertificate, honestTrustFiles } = await testModule('libs/testkit/honest-certificate.ts');
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

async function millisecondsInBrowser(certificate, trust) {
  const { hasChromium, packForBrowsers, ScriptPage, verifyInPage } =
    await testModule('test/support/browser.ts');
  if (!hasChromium) return undefined;
  const names = [
    'log.vkey',
    'log-keys.json',
    'trusted-root.json',
    'certificate-signer.pem',
    'certificate-signers.json',
  ];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(path.join(trust, name), 'utf8')]));
  const script = await packForBrowsers('#libs/verification', 'lacuna');
  const text = readFileSync(certificate, 'utf8');
  const firstOf = async (warmed) => {
    const took = [];
    for (let run = 0; run < Number(options.runs); run++) {
      const open = await ScriptPage.open(script); // a browser each time: the first verification is the one that people wait for
      const { report, milliseconds } = await verifyInPage(open.page, text, files, warmed);
      await open.close();
      if (!report) throw new Error('the browser refused the certificate');
      took.push(milliseconds);
    }
    return median(took);
  };
  return { warmed: await firstOf(true), cold: await firstOf(false) };
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
  const inBrowser = await millisecondsInBrowser(certificate, trust);
  if (inBrowser === undefined) console.log('inside Chromium: none is here');
  else {
    console.log(
      `the first of a page in Chromium, as in the portal, warmed up   ${inBrowser.warmed.toFixed(1)} ms   ≤ 30 ms`,
    );
    console.log(
      `the same by code that has never run                           ${inBrowser.cold.toFixed(1)} ms`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
