import { spawn } from 'node:child_process';
import { builtFile } from '#platform/build';

export interface VerifierRun {
  readonly exitCode: number;
  readonly output: string;
  readonly seconds: number;
}

/** Runs `lacuna-verify` as a stranger would: another process that is given files and nothing else. */
export function runVerifier(args: readonly string[]): Promise<VerifierRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [builtFile('apps/verifier/main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ exitCode: code ?? 1, output, seconds: (performance.now() - started) / 1000 }),
    );
  });
}
