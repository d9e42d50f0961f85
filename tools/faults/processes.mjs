// The product's own processes, as an operator starts them, and their ends.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const INJECTION = path.join(root, 'tools/faults/inject.mjs');
const BUILT = {
  api: path.join(root, 'dist/apps/api/main.js'),
  cli: path.join(root, 'dist/apps/cli/main.js'),
  verifier: path.join(root, 'dist/apps/verifier/main.js'),
};
const START_LIMIT = 60_000; // ms
const STOP_LIMIT = 30_000;

const environment = (fault, env = {}) => ({
  PATH: process.env.PATH,
  LACUNA_SMTP_URL: 'smtp://127.0.0.1:1', // nobody listens: mail waits, sealed, instead of becoming readable files
  ...env,
  ...(fault !== undefined && { LACUNA_FAULT: JSON.stringify(fault) }),
});

/**
 * Starts a program of the product.
 * @param fault what `inject.mjs` is to do inside it; without one the program runs as it is
 */
export function start(program, argv, { fault, env, wrap = [] } = {}) {
  const command = [
    ...wrap,
    process.execPath,
    ...(fault === undefined ? [] : ['--import', INJECTION]),
    BUILT[program],
    ...argv,
  ];
  const child = spawn(command[0], command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(fault, env),
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (out.stdout += chunk));
  child.stderr.on('data', (chunk) => (out.stderr += chunk));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...out }));
  });
  return { child, ended, out };
}

/** Runs a program to its end. */
export const run = (program, argv, options) => start(program, argv, options).ended;

/** Runs a program of ours, such as the check, to its end. */
export function runScript(script, argv, env = {}) {
  const child = spawn(process.execPath, ['--no-warnings', path.join(root, 'tools/faults', script), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, ...env },
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout }));
  });
}

/** The server on a data folder. */
export class Api {
  static running = new Set();

  constructor(folder, options = {}) {
    const argv = ['--data-folder', folder, '--port', '0', '--threads', '1', '--rate-limit', '1000000'];
    const stopping = ['--drain-notice', '0', '--drain-patience', '5']; // seconds
    Object.assign(this, start('api', [...argv, ...stopping], options));
    this.hasEnded = false;
    Api.running.add(this);
    this.ended.then(() => {
      this.hasEnded = true;
      Api.running.delete(this);
    });
  }

  /** Resolves with its address when it listens, with undefined when it ends before. */
  async listens() {
    const address = new Promise((resolve) => {
      const look = () => {
        const url = /Lacuna listens on (\S+),/.exec(this.out.stdout)?.[1];
        if (url !== undefined) resolve(url);
      };
      this.child.stdout.on('data', look);
      look();
    });
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error('the server did not start in a minute')), START_LIMIT).unref();
    });
    this.url = await Promise.race([address, this.ended.then(() => undefined), late]);
    return this.url;
  }

  async kill() {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  /** Asks it to stop, as service managers do. @throws when it is still there after half a minute */
  async stop() {
    this.child.kill('SIGTERM');
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error('the server did not stop in half a minute')), STOP_LIMIT).unref();
    });
    return Promise.race([this.ended, late]);
  }
}

/** A worker, which trains one job at a time. */
export class Worker {
  constructor(env) {
    Object.assign(this, start('cli', ['worker', '--concurrency', '1', '--threads', '1'], { env }));
    this.hasEnded = false;
    Api.running.add(this);
    this.ended.then(() => {
      this.hasEnded = true;
      Api.running.delete(this);
    });
  }

  /** Resolves when it takes jobs, or has ended. */
  async works() {
    const takes = new Promise((resolve) => {
      this.child.stdout.on('data', () => this.out.stdout.includes('takes 1 jobs') && resolve());
    });
    await Promise.race([takes, this.ended]);
  }

  async kill() {
    this.child.kill('SIGKILL');
    return this.ended;
  }
}
