import { beforeAll, expect, it } from '@jest/globals';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';
import { PEOPLE } from '../support/portal/film-house.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

describePortal('colleagues in their browser', (stage) => {
  let engineer: Visitor;
  let admin: Visitor;
  beforeAll(async () => {
    [engineer, admin] = [await stage.portal.staff('engineer'), await stage.portal.staff('admin')];
  }, JOURNEY);

  it(
    'of engineering see what versions cost, shards, jobs, read models and events, and try out what is served',
    async () => {
      const screen = await stage.browser.visit('/staff', engineer);
      const { page } = screen;
      await screen.heading('Model lines');
      await screen.isFit('engine-lines');
      await screen.button('Measure version 1');
      await screen.text('fewer than 1,000 people');
      await page.getByRole('main').getByRole('link', { name: '1', exact: true }).first().click();
      await screen.heading(/version 1/i);
      await screen.isFit('engine-version');
      for (const [name, shot] of [
        ['Shards', 'engine-shards'],
        ['Jobs', 'engine-jobs'],
        ['Read models', 'engine-read-models'],
        ['Events', 'engine-events'],
        ['Settings', 'engine-settings'],
      ] as const) {
        await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
        await screen.heading(name);
        await screen.isFit(shot);
      }
      await page.getByRole('navigation').getByRole('link', { name: 'Try out', exact: true }).click();
      await screen.isFit('engine-try-out-empty', { unpictured: true });
      await page.getByRole('main').getByRole('textbox').first().fill(PEOPLE[2]);
      await page.getByRole('main').getByRole('textbox').first().press('Enter');
      await page.getByRole('row').nth(1).waitFor();
      await screen.isFit('engine-try-out');
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'are invited by an administrator, set their account up by the link, and change their password',
    async () => {
      const screen = await stage.browser.visit('/admin/accounts', admin);
      await screen.heading('Accounts');
      await screen.isFit('admin-accounts');
      await screen.button('Invite somebody');
      const dialog = screen.page.getByRole('dialog', { name: 'Invite somebody' });
      await dialog.getByRole('textbox', { name: 'Name' }).fill('Nina New');
      await screen.isFit('admin-invite', { unpictured: true });
      await dialog.getByRole('button', { name: 'Invite somebody' }).click();
      await screen.text('A set-up link for Nina New');
      const link = /http\S+\/staff\/set-up#\S+/.exec(await dialog.innerHTML())![0].replace(/["<].*$/, '');
      await screen.close();

      const newcomer = await stage.browser.visit(link);
      await newcomer.heading('Set up your account');
      await newcomer.isFit('staff-set-up');
      await newcomer.fill('User name', 'nina');
      await newcomer.fill('New password', PASSWORD);
      await newcomer.button('Create the account');
      await newcomer.heading('Requests');
      await newcomer.link('Nina New');
      await newcomer.heading('Change your password');
      await newcomer.isFit('staff-password', { unpictured: true });
      await newcomer.fill('Current password', PASSWORD);
      await newcomer.fill('New password', `${PASSWORD}, twice`);
      await newcomer.button('Change the password');
      await newcomer.text('Your password has been changed.');
      await newcomer.button('Sign out');
      await newcomer.heading('Your data, your decision');
      await newcomer.close();
      const used = await stage.browser.visit(link);
      await used.fill('User name', 'nina2');
      await used.fill('New password', PASSWORD);
      await used.button('Create the account');
      expect(await used.page.getByRole('alert').innerText()).toContain('SET_UP_LINK_ENDED');
      await used.close();
    },
    JOURNEY,
  );

  it(
    'and everybody else find every other screen fit to be used',
    async () => {
      const screen = await stage.browser.visit('/start?kind=erasure');
      await screen.heading('Make a request');
      await screen.isFit('start');
      await screen.page.goto('/sign-in/link');
      await screen.heading('Go on with the link from your mail');
      await screen.isFit('sign-in-link', { unpictured: true });
      await screen.page.goto('/staff/sign-in?refused=OIDC_ROLE_MISSING');
      await screen.text('The identity provider grants you no role here');
      await screen.isFit('staff-sign-in-refused', { unpictured: true });
      await screen.page.goto('/staff/sign-in?refused=Call-us-on-555'); // anybody may write an address
      await screen.text('Something went wrong in the portal');
      expect(await screen.page.getByText('Call-us').count()).toBe(0);
      await screen.page.goto('/no/such/page');
      await screen.heading('There is no such page');
      await screen.isFit('not-found', { unpictured: true });
      await screen.close();
    },
    JOURNEY,
  );
});
