import { expect, it } from '@jest/globals';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';
import { eventually } from '../support/portal/eventually.js';
import { mailOf, PEOPLE } from '../support/portal/film-house.js';
import type { Screen } from '../support/portal/portal-browser.js';

const [ANA, BEN, CAL] = PEOPLE;

describePortal('a person in their browser', (stage) => {
  /** Signs in where the portal asks for it, by the code from the mail. */
  async function signIn(screen: Screen, person: string): Promise<void> {
    const { portal } = stage;
    await screen.heading('Show that it is you');
    const before = portal.codesTo(mailOf(person)).length;
    await screen.fill('E-mail address or customer number', mailOf(person));
    await screen.button('Send me a code');
    await screen.isFit('sign-in-code', { unpictured: true });
    await screen.fill('Code from the mail', await portal.codeTo(mailOf(person), before));
    await screen.button('Go on');
  }

  it(
    'withdraws fourteen records, follows it live, and verifies the receipt there',
    async () => {
      const screen = await stage.browser.visit('/');
      const { page } = screen;
      await screen.heading('Your data, your decision');
      await screen.isFit('home', { dark: true, phone: true });
      await screen.link('Look at your history');
      await screen.isFit('sign-in');
      await signIn(screen, ANA);

      await screen.heading('Your history');
      await page
        .getByRole('row', { name: /The Quiet/ })
        .first()
        .waitFor();
      for (let row = 1; row <= 14; row++)
        await page
          .getByRole('checkbox', { name: /^Choose / })
          .nth(row)
          .check();
      await screen.text('14 records chosen');
      await screen.isFit('history');
      await screen.button('Forget these 14');
      await screen.text('records will be unlearned and destroyed.');
      await screen.isFit('history-preview', { unpictured: true });
      await screen.button('Forget them');

      await screen.heading('Forget parts of the history');
      await screen.text('Save your keys now');
      await screen.isFit('request-in-progress');
      const [keyFile] = await screen.saved(() => screen.button('Save the key file'));
      expect(keyFile.name).toMatch(/^lacuna-key-[0-9a-f]{8}\.txt$/);
      const keys = keyFile.buffer.toString('utf8');
      expect(keys).toContain('AGE-SECRET-KEY-1');
      expect(keys).toContain(`follow-key: `);

      await screen.text('Everything is done.');
      const parts = page.getByRole('list', { name: 'Parts of the request' }).getByRole('listitem');
      expect(await parts.count()).toBeGreaterThan(3);
      for (const part of await parts.all()) expect(await part.innerText()).toMatch(/Done|Not needed/);
      await screen.button('Open and verify my receipt');
      await screen.text('Verified');
      await screen.text('14 records were unlearned and destroyed');
      await screen.text('14 of your 14 records were compared');
      const steps = page.getByRole('list', { name: 'Steps of the verification' }).getByRole('listitem');
      expect(await steps.count()).toBeGreaterThan(10);
      for (const step of await steps.all()) expect(await step.getAttribute('data-state')).toBe('verified');
      await screen.isFit('request-receipt');

      const files = await screen.saved(() => screen.button('Save the receipt'), 2);
      await screen.button('Remove the sealed file from the server');
      await screen.text('Your receipt is the only one.');
      await screen.close();

      const later = await stage.browser.visit('/verify');
      await later.isFit('verify-empty', { unpictured: true });
      await later.page.locator('input[type=file]').setInputFiles([...files]);
      await later.text('14 of your 14 records were compared');
      await later.isFit('verify');
      await later.close();
    },
    JOURNEY,
  );

  it(
    'signs in by the link of the mail as well, which is used up by a click and not by being opened',
    async () => {
      const { portal, browser } = stage;
      const address = mailOf(CAL);
      const asking = await browser.visit('/sign-in');
      await asking.fill('E-mail address or customer number', address);
      await asking.button('Send me a code');
      const link = await eventually('the link', () =>
        portal
          .mailsTo(address)
          .map((mail) => /http\S+\/sign-in\/link#\S+/.exec(mail)?.[0])
          .find((found) => found !== undefined),
      );
      for (const time of ['first', 'second'] as const) {
        const screen = await browser.visit(link);
        await screen.heading('Go on with the link from your mail');
        if (time === 'second') {
          await screen.button('Go on');
          await screen.heading('Your data at a glance');
        }
        await screen.close();
      }
      await asking.close();
    },
    JOURNEY,
  );

  it(
    'switches a consent off by one click',
    async () => {
      const screen = await stage.browser.visit('/me', await stage.portal.subject(mailOf(BEN)));
      await screen.heading('Your data at a glance');
      await screen.isFit('overview');
      await screen.page.getByRole('link', { name: 'Consents', exact: true }).first().click();
      await screen.heading('Consents by purpose');
      const consent = screen.page.getByRole('switch', { name: 'Consent: Recommendations' });
      expect(await consent.isChecked()).toBe(true);
      await consent.click({ force: true }); // where the drawn switch lies over it
      await screen.text('What was learned from it is being unlearned.');
      expect(await consent.isChecked()).toBe(false);
      await screen.isFit('consents');
      await screen.link('Save your key, and follow it there.');
      await screen.text('Everything is done.');
      await screen.button('Open and verify my receipt');
      await screen.text('records were unlearned and destroyed');
      await screen.page.getByRole('link', { name: 'Your requests', exact: true }).first().click();
      await screen.heading('Your requests');
      await screen.isFit('requests');
      await screen.close();
    },
    JOURNEY,
  );
});
