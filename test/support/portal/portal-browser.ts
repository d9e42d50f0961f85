import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect } from '@jest/globals';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { packageRoot } from '#platform/build';
import { CHROMIUM, FLAGS } from '../browser.js';
import type { Visitor } from '../visitor.js';

export const PATIENCE = 60_000; // ms for anything to be seen: the machine may have other things to do
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const PICTURES =
  process.env.LACUNA_SCREENSHOTS === '1' ? path.join(packageRoot(), 'docs/screenshots') : undefined;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Codes that no page shows unless the portal asked for something that there is not. */
const OUR_FAULT = /^(REQUEST_MALFORMED|ROUTE_NOT_FOUND|ANSWER_UNREADABLE|UNEXPECTED|INTERNAL)$/;

/** What is pictured of a screen beside its light form on a desk. */
export interface Pictured {
  readonly dark?: true;
  readonly phone?: true;
  /** No picture of it at all: others show much the same. */
  readonly unpictured?: true;
}

/** As a page takes it for an upload. */
export interface SavedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A browser whose people speak English unless it is said otherwise, live in UTC, and see the portal of one address. */
export class PortalBrowser {
  private constructor(
    private readonly browser: Browser,
    private readonly url: string,
  ) {}

  static async open(url: string): Promise<PortalBrowser> {
    return new PortalBrowser(await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS] }), url);
  }

  /** A window of somebody who shares nothing with the other windows, at a page. @param who is signed in there, if anybody */
  async visit(route: string, who?: Visitor, locale = 'en-GB'): Promise<Screen> {
    const context = await this.browser.newContext({
      baseURL: this.url,
      locale,
      timezoneId: 'UTC',
      viewport: DESK,
      colorScheme: 'light',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    context.setDefaultTimeout(PATIENCE);
    if (who !== undefined)
      await context.addCookies([...who.cookies].map(([name, value]) => ({ name, value, url: this.url })));
    const page = await context.newPage();
    const screen = new Screen(context, page);
    await page.goto(route);
    return screen;
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** A window, and what went wrong in it. */
export class Screen {
  /** Errors that no code caught, and dialogs that a script opened: there are to be none. */
  readonly alarms: string[] = [];

  constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.alarms.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.alarms.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.alarms.push(`policy: ${message.text()}`);
    });
  }

  /** Waits for the heading of a page. */
  heading(name: string | RegExp): Promise<void> {
    return this.page.getByRole('heading', { level: 1, name }).waitFor();
  }

  /** Waits for words, wherever they stand. */
  text(words: string | RegExp): Promise<void> {
    return this.page.getByText(words).filter({ visible: true }).first().waitFor();
  }

  button(name: string | RegExp): Promise<void> {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  }

  link(name: string | RegExp): Promise<void> {
    return this.page.getByRole('link', { name }).first().click();
  }

  fill(label: string | RegExp, value: string): Promise<void> {
    return this.page.getByRole('textbox', { name: label }).fill(value);
  }

  /** Presses something that saves files, and gives these. */
  async saved(press: () => Promise<void>, count = 1): Promise<readonly SavedFile[]> {
    const files: SavedFile[] = [];
    const all = new Promise<void>((resolve, reject) =>
      this.page.on('download', (file) => {
        const read = async () => {
          const buffer = readFileSync(await file.path());
          if (
            files.push({ name: file.suggestedFilename(), mimeType: 'application/octet-stream', buffer }) ===
            count
          )
            resolve();
        };
        read().catch(reject);
      }),
    );
    await press();
    await all;
    this.page.removeAllListeners('download');
    return files;
  }

  /**
   * Holds what is on the screen to what everybody can use (axe-core, light and dark), and takes its pictures when they are asked for.
   *
   * @param name of the files of the pictures
   */
  async isFit(name: string, pictured: Pictured = {}): Promise<void> {
    const { page } = this;
    await this.settled();
    expect({ screen: name, faults: await page.getByText(OUR_FAULT).allInnerTexts() }).toEqual({
      screen: name,
      faults: [],
    });
    if (!pictured.unpictured) await this.picture(name);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await this.coloured(colorScheme);
      expect({ screen: name, colorScheme, found: await violationsOn(page) }).toEqual({
        screen: name,
        colorScheme,
        found: [],
      });
      if (colorScheme === 'dark' && pictured.dark) await this.picture(`${name}-dark`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    if (pictured.phone && PICTURES !== undefined) {
      await page.setViewportSize(PHONE);
      await this.settled();
      await this.picture(`${name}-phone`);
      await page.setViewportSize(DESK);
    }
    expect(this.alarms).toEqual([]);
  }

  async close(): Promise<void> {
    await this.context.close();
    expect(this.alarms).toEqual([]);
  }

  /** Nothing is on its way any more that would be shown. */
  private async settled(): Promise<void> {
    const { page } = this;
    await page.locator('main h1, main [role=alert]').first().waitFor();
    await page.waitForFunction(() => {
      type Found = { length: number };
      const { document } = globalThis as unknown as { document: { querySelectorAll(of: string): Found } };
      return (
        document.querySelectorAll('.mantine-Skeleton-root, [aria-busy=true], [role=status][aria-label]')
          .length === 0
      );
    });
  }

  /** The colours are those of a scheme, and none is on its way from one to the other. */
  private coloured(scheme: 'light' | 'dark'): Promise<unknown> {
    return this.page.waitForFunction((wanted) => {
      interface Drawn {
        readonly documentElement: { getAttribute(name: string): string | null };
        getAnimations(): readonly { readonly playState: string }[];
      }
      const { document } = globalThis as unknown as { document: Drawn };
      const isThere = document.documentElement.getAttribute('data-mantine-color-scheme') === wanted;
      return isThere && document.getAnimations().every(({ playState }) => playState !== 'running');
    }, scheme);
  }

  private async picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    const { page } = this;
    await page.mouse.move(0, 0); // what it rests on looks different, and charts show a box
    await page.locator('[role=status][aria-live=polite] > *').first().waitFor({ state: 'detached' });
    await page.screenshot({
      path: path.join(PICTURES, `${name}.png`),
      animations: 'disabled',
      caret: 'hide',
      scale: 'css',
    });
  }
}

/** Serious and critical violations of what axe-core checks (WCAG 2.2 A and AA, best practices), each with where it is. */
async function violationsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Result {
      readonly violations: readonly {
        readonly id: string;
        readonly impact: string | null;
        readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
      }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Result> } };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
      );
  });
}
