import { afterAll, beforeAll, describe } from '@jest/globals';
import { hasChromium } from '../browser.js';
import type { Film } from './film-house.js';
import { PortalBrowser } from './portal-browser.js';
import { RunningPortal } from './running-portal.js';

const MINUTE = 60_000;
export const JOURNEY = 5 * MINUTE;

/** A portal that runs, and a browser that shows it; there from beforeAll on. */
export interface Stage {
  readonly portal: RunningPortal;
  readonly browser: PortalBrowser;
}

if (!hasChromium)
  console.warn('No /usr/bin/chromium here: the portal is not driven in a browser. CI installs it.');
const describeInBrowser = hasChromium || process.env.CI === 'true' ? describe : describe.skip;

/**
 * Journeys that share one server and one browser, one after the other.
 * @param films that the house shows beside its own
 * @param viewers more people, who have seen little
 */
export function describePortal(
  name: string,
  tell: (stage: Stage) => void,
  films: readonly Film[] = [],
  viewers = 0,
): void {
  describeInBrowser(name, () => {
    let portal: RunningPortal;
    let browser: PortalBrowser;
    beforeAll(async () => {
      portal = await RunningPortal.open(films, viewers);
      browser = await PortalBrowser.open(portal.url);
    }, 3 * MINUTE);
    afterAll(async () => {
      await browser?.close();
      await portal?.close();
    }, MINUTE);
    tell({
      get portal() {
        return portal;
      },
      get browser() {
        return browser;
      },
    });
  });
}
