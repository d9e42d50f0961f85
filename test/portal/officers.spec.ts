import { expect, it } from '@jest/globals';
import type { RequestDetail, RequestKindView, SubmitBody, SubmittedView } from '#libs/portal-contract';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';
import { eventually } from '../support/portal/eventually.js';
import { CALIFORNIAN, mailOf, PEOPLE, PURPOSE, type StaffName } from '../support/portal/film-house.js';
import type { Screen } from '../support/portal/portal-browser.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const [ANA, BEN, CAL, DEA, EVE] = PEOPLE.map(mailOf);
const GDPR = /GDPR|DSGVO|Art\. ?\d/;

describePortal('a data-protection officer in their browser', (stage) => {
  const staff = new Map<StaffName, Visitor>();
  const signedIn = async (who: StaffName): Promise<Visitor> => {
    if (!staff.has(who)) staff.set(who, await stage.portal.staff(who));
    return staff.get(who)!;
  };

  async function asked(person: Visitor, body: SubmitBody): Promise<string> {
    const reply = await person.post('/v1/me/requests', body);
    expect(reply).toMatchObject({ status: 202 });
    return (reply.body as SubmittedView).requestId;
  }
  const openRequest = async (who: StaffName, requestId: string): Promise<Screen> =>
    stage.browser.visit(`/officer/requests/${requestId}`, await signedIn(who));
  const titled: Partial<Record<RequestKindView, string>> = { erasure: 'Erasure', access: 'Access' };

  it(
    'approves an erasure with a second one, each typing what is to be erased, and nothing of the person is left but the proof',
    async () => {
      const { portal, browser } = stage;
      const ana = await portal.subject(ANA);
      const persons = await browser.visit('/me/requests/new', ana);
      await persons.heading('Make a request');
      await persons.page.getByRole('radio', { name: 'Erase everything' }).click();
      await persons.text('records will be unlearned and destroyed.');
      await persons.isFit('new-request');
      await persons.button('Erase everything');
      await persons.heading('Erase everything');
      await persons.text('Somebody looks at it.');
      const requestId = persons.page.url().split('/').at(-1)!;
      const [keyFile] = await persons.saved(() => persons.button('Save the key file'));
      expect((await ana.session()).kind).toBe('subject');

      // The first officer signs in by name and password; the second one looks at the queue.
      await signedIn('officer');
      const first = await browser.visit(`/officer/requests/${requestId}`);
      await first.heading('Sign in for staff');
      await first.isFit('staff-sign-in');
      await first.fill('User name', portal.house.invited.officer.staffId);
      await first.fill('Password', PASSWORD);
      await first.button('Sign in');
      await first.heading('Erasure');
      await first.text('records will be unlearned and destroyed.');
      await first.isFit('officer-request');
      const approve = async (screen: Screen, shot?: string): Promise<void> => {
        await screen.button('Approve');
        const dialog = screen.page.getByRole('dialog', { name: 'Approve' });
        const send = dialog.getByRole('button', { name: 'Approve' });
        const words = `ERASE ${requestId.slice(0, 8)}`;
        await dialog.getByLabel(`Type ${words} to go on`).fill('ERASE something');
        expect(await send.isDisabled()).toBe(true);
        await dialog.getByLabel(`Type ${words} to go on`).fill(words);
        if (shot !== undefined) await screen.isFit(shot, { unpictured: true });
        await send.click();
        await dialog.waitFor({ state: 'detached' });
      };
      await approve(first, 'officer-approve');
      await first.text('1 of 2');
      expect(await first.page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);

      const second = await browser.visit('/officer/requests', await signedIn('deputy'));
      await second.heading('Requests');
      await second.page
        .getByRole('row')
        .filter({ hasText: requestId.slice(0, 8) })
        .getByRole('link')
        .click();
      await approve(second);
      await second.text('Every part is done.');
      await second.isFit('officer-request-done', { unpictured: true });

      await persons.text('Everything is done.');
      await persons.text('Your account has been erased');
      expect((await ana.session()).kind).toBe('follower');
      for (const route of ['/v1/me', '/v1/me/records', '/v1/me/facets'])
        expect((await ana.get(route)).status).toBe(403);
      await persons.button('Open and verify my receipt');
      await persons.text('and the account erased');
      const steps = persons.page
        .getByRole('list', { name: 'Steps of the verification' })
        .getByRole('listitem');
      for (const step of await steps.all()) expect(await step.getAttribute('data-state')).toBe('verified');
      await persons.isFit('request-erased', { unpictured: true });

      const followed = await browser.visit('/follow');
      await followed.isFit('follow');
      await followed.page.locator('input[type=file]').setInputFiles(keyFile);
      await followed.button('Open the request');
      await followed.heading('Erase everything');
      await followed.text('You follow this request by its key');
      await followed.text('Everything is done.');
      for (const screen of [persons, first, second, followed]) await screen.close();
    },
    JOURNEY,
  );

  it(
    'extends a deadline with reasons, and refuses a category with its ground, by letter',
    async () => {
      const requestId = await asked(await stage.portal.subject(BEN), { kind: 'erasure' });
      const screen = await openRequest('officer', requestId);
      const { page } = screen;
      await screen.heading(titled.erasure!);
      await screen.button('Extend the deadline');
      const extension = page.getByRole('dialog', { name: 'Extend the deadline' });
      const extend = extension.getByRole('button', { name: 'Extend the deadline' });
      expect(await extend.isDisabled()).toBe(true);
      await extension.getByLabel('The request is complex').check();
      await screen.isFit('officer-extend', { unpictured: true });
      await extend.click();
      await screen.text('The deadline was extended.');

      await screen.button('Refuse');
      const refusal = page.getByRole('dialog', { name: 'Refuse' });
      await refusal.getByLabel('Category of data').fill('Documentary');
      await refusal
        .getByLabel('Ground')
        .selectOption({ label: 'needed for legal claims (Art. 17(3)(e) GDPR)' });
      await screen.isFit('officer-refuse', { unpictured: true });
      await refusal.getByRole('button', { name: 'Refuse', exact: true }).click();
      await screen.text('Some categories are kept.');

      for (const [letter, words] of [
        ['Extension', 'complex'],
        ['Refusal', 'Documentary'],
      ] as const) {
        await page.getByLabel('Letter', { exact: true }).selectOption({ label: letter });
        await screen.text(words);
      }
      await screen.text('the Data Protection Authority');
      await page.getByLabel('Letter', { exact: true }).scrollIntoViewIfNeeded();
      await screen.isFit('officer-letter');
      await screen.button(/^Send (by mail|again)$/);
      await eventually('the refusal in the outbox', () =>
        stage.portal.mailsTo(BEN).find((mail) => mail.includes('Documentary') && mail.includes('17(3)(e)')),
      );
      await screen.close();

      const persons = await stage.browser.visit(`/me/requests/${requestId}`, await stage.portal.subject(BEN));
      await persons.text('What is not deleted, and why');
      await persons.text('needed for legal claims (Art. 17(3)(e) GDPR)');
      await persons.text(/complain to the Data Protection Authority/);
      await persons.isFit('request-refused', { unpictured: true });
      await persons.close();
    },
    JOURNEY,
  );

  it(
    'places a legal hold in the middle of a run, releases it, and the run completes',
    async () => {
      const cal = await stage.portal.subject(CAL);
      const screen = await stage.browser.visit('/officer/holds', await signedIn('officer'));
      await screen.heading('Legal holds');
      await screen.isFit('officer-holds-none', { unpictured: true });
      const requestId = await asked(cal, { kind: 'objection', scope: { purpose: PURPOSE } });
      const stateOf = async (): Promise<RequestDetail> =>
        (await cal.get(`/v1/me/requests/${requestId}`)).body as RequestDetail;
      const part = ({ parts }: RequestDetail, name: string) => parts.find((one) => one.part === name)?.state;
      const { clock } = await eventually('the middle of the run', async () => {
        const state = await stateOf();
        return part(state, 'published') === 'done' ? state : undefined;
      });

      await screen.button('Place a legal hold');
      const dialog = screen.page.getByRole('dialog', { name: 'Place a legal hold' });
      await dialog.getByLabel('Any id of the person').fill(CAL);
      await dialog.getByLabel('Reason').selectOption({ label: 'Litigation' });
      await dialog.getByRole('button', { name: 'Place a legal hold' }).click();
      await screen.page
        .getByRole('row')
        .filter({ hasText: requestId.slice(0, 8) })
        .waitFor();
      await screen.isFit('officer-holds');
      expect(await stateOf()).toMatchObject({ phase: 'on-hold' });
      const persons = await stage.browser.visit(`/me/requests/${requestId}`, cal);
      await persons.text('A legal duty to keep data stops it for now.');
      await persons.isFit('request-on-hold', { unpictured: true });

      await eventually(
        'the end of the grace time',
        () => Date.now() > Date.parse(clock.graceUntil!) || undefined,
      );
      expect(part(await stateOf(), 'shredded')).not.toBe('done');
      await screen.button('Release');
      await screen.text(/^released /);
      await persons.text('Everything is done.');
      expect(part(await stateOf(), 'shredded')).toBe('done');
      await screen.close();
      await persons.close();
    },
    JOURNEY,
  );

  it(
    'works several requests at once, with a preview and the result of each',
    async () => {
      const [dea, eve] = [await stage.portal.subject(DEA), await stage.portal.subject(EVE)];
      await asked(dea, { kind: 'rectification', statement: 'I have never seen Paper Waltz.' });
      await asked(eve, { kind: 'rectification', statement: 'It was another evening.' });
      await asked(eve, { kind: 'restriction' });
      const screen = await stage.browser.visit('/officer/requests', await signedIn('officer'));
      await screen.heading('Requests');
      const rectifications = screen.page.getByRole('checkbox', { name: /^Choose Rectification/ });
      await rectifications.nth(1).waitFor();
      for (const box of await rectifications.all()) await box.check();
      await screen.text('2 requests chosen');
      await screen.isFit('officer-queue');
      await screen.button('Extend');
      const dialog = screen.page.getByRole('dialog', { name: 'Extend 2 requests' });
      await dialog.getByLabel('There are many requests').check();
      await dialog.getByRole('button', { name: 'Show what it would do' }).click();
      await screen.text('It can be done to 2 requests.');
      await screen.isFit('officer-bulk', { unpictured: true });
      await dialog.getByRole('button', { name: 'Extend' }).click();
      await screen.text('Done for 2 requests.');
      await dialog.getByRole('button', { name: 'Close' }).last().click();

      for (const box of await screen.page.getByRole('checkbox', { name: /^Choose Restriction/ }).all())
        await box.check(); // one under either law
      await screen.button('Extend');
      const mixed = screen.page.getByRole('dialog', { name: /^Extend/ });
      await mixed.getByText(/Art\. 12\(3\) GDPR.*1798\.130/).waitFor();
      await mixed.getByRole('button', { name: 'Close' }).last().click();

      for (const [link, heading, name] of [
        ['Dashboard', 'Dashboard', 'officer-dashboard'],
        ['Register', 'Register', 'officer-register'],
        ['Recipients', 'Recipients', 'officer-recipients'],
      ] as const) {
        await screen.page.getByRole('link', { name: link, exact: true }).click();
        await screen.heading(heading);
        await screen.isFit(name);
        if (name !== 'officer-register') continue;
        await screen.page.getByRole('row').filter({ hasText: 'Erasure' }).first().waitFor();
        const [file] = await screen.saved(() => screen.button('Save as CSV'));
        expect(file.buffer.toString('utf8')).toMatch(/^\ufeff?month,kind,received/);
      }
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'answers somebody by the law of California with its time, its grounds and its remedies, and by no article of the GDPR',
    async () => {
      const screen = await openRequest('officer', CALIFORNIAN);
      const { page } = screen;
      await screen.heading('Restriction');
      await screen.button('Extend the deadline');
      const extension = page.getByRole('dialog', { name: 'Extend the deadline' });
      await extension.getByText(/By 45 days, once/).waitFor();
      expect(await extension.innerText()).not.toMatch(GDPR);
      await page.keyboard.press('Escape');

      await screen.button('Refuse');
      const refusal = page.getByRole('dialog', { name: 'Refuse' });
      const ground = refusal.getByLabel('Ground');
      const offered = await ground.getByRole('option').allInnerTexts();
      expect(offered).toHaveLength(11);
      expect(offered.join()).not.toMatch(GDPR);
      const security = 'needed for security and integrity (Cal. Civ. Code § 1798.105(d)(2))';
      await ground.selectOption({ label: security });
      await screen.isFit('officer-refuse-ccpa', { unpictured: true });
      await refusal.getByRole('button', { name: 'Refuse', exact: true }).click();
      await screen.text(security);
      await screen.close();

      const person = await stage.portal.subject(mailOf(PEOPLE.at(-1)!));
      for (const [locale, ...words] of [
        [
          'en-GB',
          security,
          /complain to the California Privacy Protection Agency or to the Attorney General/,
        ],
        ['de-DE', /Sicherheit und Unversehrtheit/, /bei der California Privacy Protection Agency oder beim/],
      ] as const) {
        const persons = await stage.browser.visit(`/me/requests/${CALIFORNIAN}`, person, locale);
        for (const one of words) await persons.text(one);
        expect(await persons.page.getByRole('main').innerText()).not.toMatch(GDPR);
        await persons.close();
      }
    },
    JOURNEY,
  );
});
