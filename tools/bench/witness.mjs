// Checkpoints a second that a witness cosigns over HTTP, durable one by one, over dist (run `npm run build` first):
//   node tools/bench/witness.mjs [--logs 16] [--seconds 5] [--runs 3]
// The witness is a process of its own, as `lacuna witness serve` starts it; each log sends its next checkpoint when the last one is answered.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatVkey, LogTree, noteKey, signCheckpoint, signerFromSeed } from '#libs/merkle';
import { encodeAddCheckpoint } from '#libs/witnessing';
import { createWitness } from '#stages/witness';
import { median, root, sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    logs: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '5' },
    runs: { type: 'string', default: '3' },
  },
});
const SIZES = 4000; // checkpoints that a log has ready; more than it can send in a run

const logs = Array.from({ length: Number(options.logs) }, (_, at) => {
  const signer = signerFromSeed(new Uint8Array(32).fill(at + 1));
  return { origin: `log-${at}.example.org`, signer };
});

/** Bodies of the requests of a log, made before anything is measured. */
function bodiesOf({ origin, signer }, count) {
  const tree = new LogTree();
  return Array.from({ length: count }, (_, from) => {
    tree.append(new Uint8Array([from >> 8, from]));
    const note = signCheckpoint({ origin, size: from + 1, root: tree.root() }, signer);
    return encodeAddCheckpoint({ oldSize: from, proof: from === 0 ? [] : tree.consistencyProof(from), note });
  });
}

async function startWitness(folder) {
  const argv = [
    'witness',
    'serve',
    '--data',
    folder,
    '--listen',
    '127.0.0.1:0',
    '--rate',
    '1000000',
    '--burst',
    '1000000',
  ];
  for (const { origin, signer } of logs) argv.push('--log', formatVkey(noteKey(origin, signer.publicKey)));
  const child = spawn(process.execPath, [path.join(root, 'dist/apps/cli/main.js'), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  const url = await new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      const found = /listens on (http:\S+)/.exec((out = out.length > 4096 ? out : out + chunk));
      if (found) resolve(found[1]);
    });
  });
  return { child, url };
}

function send(url, agent, body) {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/add-checkpoint`, {
      method: 'POST',
      agent,
      headers: { 'content-length': body.length },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.end(body);
  });
}

async function drive(url, agent, bodies, end, latencies) {
  for (const body of bodies) {
    const begin = performance.now();
    if (begin > end) return;
    const status = await send(url, agent, body);
    if (status !== 200) throw new Error(`the witness answered ${status}`);
    latencies.push(performance.now() - begin);
  }
  throw new Error('a log ran out of checkpoints: raise SIZES');
}

async function run(bodies) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-witness-'));
  await createWitness(folder, 'witness.example.org/bench');
  const { child, url } = await startWitness(folder);
  const agent = new Agent({ keepAlive: true, maxSockets: logs.length });
  const latencies = [];
  const begin = performance.now();
  const end = begin + 1000 * Number(options.seconds);
  await Promise.all(bodies.map((own) => drive(url, agent, own, end, latencies)));
  const took = (performance.now() - begin) / 1000;
  agent.destroy();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  rmSync(folder, { recursive: true });
  latencies.sort((a, b) => a - b);
  return { rate: latencies.length / took, p99: latencies[Math.floor(latencies.length * 0.99)] };
}

const bodies = logs.map((log) => bodiesOf(log, SIZES));
const results = [];
for (let at = 0; at < Number(options.runs); at++) results.push(await run(bodies));
console.log(
  `witness, ${logs.length} logs at once: ${Math.round(median(results.map(({ rate }) => rate)))} checkpoints a second, ` +
    `p99 ${median(results.map(({ p99 }) => p99)).toFixed(1)} ms, median of ${results.length} runs of ${options.seconds} s`,
);
