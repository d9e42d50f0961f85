import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';
export const FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];
const root = path.resolve(import.meta.dirname, '../..');

/** Whether there is a Chromium to test with; CI has to have one. */
export const hasChromium = existsSync(CHROMIUM);

/**
 * Packs a TypeScript module for browsers, as one classic script.
 *
 * @param name of the global variable that gets its exports
 * @throws when the module reaches anything that only Node has
 */
export async function packForBrowsers(module: string, name: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${module}';`, resolveDir: root, loader: 'ts' },
    tsconfig: path.join(root, 'tsconfig.arch.json'), // leads #libs/… to the sources
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: name,
    target: 'es2023',
    minify: true,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

/** A browser with a page that has one script, served from this machine; nothing else can be fetched there. */
export class ScriptPage {
  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async open(script: string): Promise<ScriptPage> {
    const html =
      '<!doctype html><meta charset="utf-8"><title>Verifier</title><script src="/verifier.js"></script>';
    const server = createServer((request, response) => {
      const isScript = request.url === '/verifier.js';
      const policy = { 'content-security-policy': "default-src 'none'; script-src 'self'" };
      response
        .writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html', ...policy })
        .end(isScript ? script : html);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS] });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return new ScriptPage(server, browser, page);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** What the script of a page makes of a certificate. */
export interface VerdictInPage {
  /** The report, or the code of the refusal. */
  readonly report?: unknown;
  readonly code?: string;
  readonly milliseconds: number;
}

/**
 * Verifies in the page, whose script is libs/verification under the name `lacuna`, from the text of the files to the report.
 *
 * @param warmed whether the code has been warmed up before, as the worker of the portal does
 */
export function verifyInPage(
  page: Page,
  bundle: string,
  trust: Readonly<Record<string, string>>,
  warmed = false,
): Promise<VerdictInPage> {
  return page.evaluate(
    ({ bundle, trust, warmed }) => {
      const { lacuna } = globalThis as unknown as { lacuna: typeof import('#libs/verification') };
      if (warmed) lacuna.warmUp();
      const started = performance.now();
      const elapsed = () => performance.now() - started;
      try {
        const policy = lacuna.loadTrust(
          lacuna.trustFolderOf(trust as Parameters<typeof lacuna.trustFolderOf>[0]),
        );
        const report = lacuna.verifyCertificate({ bundle: new TextEncoder().encode(bundle), trust: policy });
        return { report, milliseconds: elapsed() };
      } catch (error) {
        return { code: (error as { code?: string }).code ?? String(error), milliseconds: elapsed() };
      }
    },
    { bundle, trust, warmed },
  );
}
