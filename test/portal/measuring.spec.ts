import { expect, it } from '@jest/globals';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';

const VIEWERS = 1_030; // with those who are always there, enough for figures

describePortal(
  'an engineer in their browser',
  (stage) => {
    it(
      'measures the version that serves, cancels, goes on after a crash, and compares it with the one after it',
      async () => {
        const screen = await stage.browser.visit('/engine/lines', await stage.portal.staff('engineer'));
        const { page } = screen;
        const measured = page.getByRole('region', { name: 'Utility and fairness' });
        await screen.heading('Model lines');
        await screen.text('No version was measured yet');
        const progress = page.getByRole('progressbar', { name: 'How far the measurement is' });
        await screen.button('Measure version 1');
        await progress.waitFor({ state: 'attached' });
        await screen.button('Cancel the measurement');
        await screen.text('The measurement was cancelled');
        await screen.text('– means that the version was not measured.');

        await screen.button('Measure version 1');
        await progress.waitFor({ state: 'attached' });
        await stage.portal.crash();
        await page.reload();
        await screen.text('The server ended while the version was measured');
        await screen.button('Measure version 1');
        await progress.waitFor({ state: 'attached' });
        await measured.getByRole('row').nth(1).waitFor({ timeout: JOURNEY });
        expect(await measured.getByRole('row').nth(1).innerText()).toMatch(/^1\s+0\.\d+\s±\s0\.\d+\s/);
        await page.getByRole('navigation').getByRole('link', { name: 'Jobs', exact: true }).click();
        await screen.button('Train on everything');
        await screen.text('main, version 2');
        await page.getByText('Published').nth(1).waitFor({ timeout: JOURNEY });
        await page.getByRole('navigation').getByRole('link', { name: 'Model lines', exact: true }).click();
        await screen.button('Measure version 2');
        await measured.getByRole('row').nth(2).waitFor({ timeout: JOURNEY });
        await measured.locator('.recharts-line-curve').first().waitFor({ state: 'attached' }); // a level line has no height
        await measured.scrollIntoViewIfNeeded();
        await measured.evaluate((region) => region.scrollIntoView({ block: 'end' }));
        await screen.isFit('engine-utility', { dark: true });
        expect(await measured.getByRole('row').nth(1).innerText()).toContain('fewer than 200 people');
        const versions = page.getByRole('region', { name: 'Versions' });
        for (const row of [1, 2])
          expect(await versions.getByRole('row').nth(row).innerText()).toMatch(/0\.\d+\s±\s0\.\d+/);
        await versions.getByRole('link', { name: '2', exact: true }).click();
        await page
          .getByRole('region', { name: 'Utility and fairness' })
          .getByText(/0\.\d+\s±\s0\.\d+/)
          .first()
          .waitFor();
        await screen.isFit('engine-version', { unpictured: true });
        await screen.close();
      },
      3 * JOURNEY,
    );
  },
  [],
  VIEWERS,
);
