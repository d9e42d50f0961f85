import { beforeAll, expect, it } from '@jest/globals';
import type { StaffRole, SubmittedView } from '#libs/portal-contract';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';
import { eventually } from '../support/portal/eventually.js';
import { mailOf, PEOPLE, PURPOSE, type Film } from '../support/portal/film-house.js';
import { Visitor } from '../support/visitor.js';

const [ANA, BEN] = PEOPLE.map(mailOf);

/** Texts that do something in a page that takes them for more than text. */
const HOSTILE = [
  `<img src=x onerror="alert('img')">`,
  `"><script>alert('script')</script>`,
  `<svg onload=alert('svg')>`,
  `{{constructor.constructor("alert('template')")()}}`,
] as const;
const FILMS: readonly Film[] = HOSTILE.map((text, at) => ({
  item: `hostile-${at}`,
  title: text,
  categories: [`<b onmouseover=alert('category')>${at}</b>`],
}));

/** One page of each section, what it asks the API for, and who may. */
const SECTIONS: readonly (readonly [page: string, route: string, may: readonly StaffRole[]])[] = [
  ['/officer/requests', '/v1/requests', ['dpo']],
  ['/officer/holds', '/v1/holds', ['dpo']],
  ['/audit/ledger', '/v1/explorer/entries', ['auditor', 'admin']],
  ['/engine/jobs', '/v1/engine/jobs', ['engineer', 'admin']],
  ['/admin/accounts', '/v1/staff', ['admin']],
];
const COLLEAGUES = [
  ['dpo', 'officer'],
  ['auditor', 'auditor'],
  ['engineer', 'engineer'],
  ['admin', 'admin'],
] as const;

describePortal(
  'the portal',
  (stage) => {
    const staff = new Map<StaffRole, Visitor>();
    let ana: Visitor;
    let ben: Visitor;

    beforeAll(async () => {
      for (const [role, who] of COLLEAGUES) staff.set(role, await stage.portal.staff(who));
      [ana, ben] = [await stage.portal.subject(ANA), await stage.portal.subject(BEN)];
    }, JOURNEY);

    const filed = async (person: Visitor, body: object): Promise<string> =>
      ((await person.post('/v1/me/requests', body)).body as SubmittedView).requestId;

    it.each(COLLEAGUES.map(([role]) => role))(
      'shows somebody with the role %s what is theirs, and of the others nothing',
      async (role) => {
        const visitor = staff.get(role)!;
        const screen = await stage.browser.visit('/staff', visitor);
        for (const [page, route, may] of SECTIONS) {
          const { status, body } = await visitor.get(route);
          if (may.includes(role)) {
            expect([route, status]).toEqual([route, 200]);
            continue;
          }
          expect([route, status, body]).toMatchObject([route, 403, { code: 'ROLE_NOT_GRANTED' }]);
          await screen.page.goto(page);
          await screen.heading('This page is for others');
          await screen.isFit('not-for-you', { unpictured: true });
        }
        await screen.close();
      },
      JOURNEY,
    );

    it(
      'asks whoever is not signed in to sign in, and gives them nothing',
      async () => {
        const screen = await stage.browser.visit('/');
        const nobody = new Visitor(stage.portal.url);
        for (const [page, route] of SECTIONS) {
          expect([route, (await nobody.get(route)).status]).toEqual([route, 401]);
          await screen.page.goto(page);
          await screen.heading('Sign in for staff');
        }
        for (const page of ['/me', '/me/history', '/me/consents', '/me/requests']) {
          await screen.page.goto(page);
          await screen.heading('Show that it is you');
        }
        expect((await nobody.get('/v1/me')).status).toBe(401);
        await screen.close();
      },
      JOURNEY,
    );

    it(
      'shows a person no page of staff, and staff no page of a person',
      async () => {
        const persons = await stage.browser.visit('/me', ana);
        for (const [page, route] of SECTIONS) {
          expect([route, (await ana.get(route)).status]).toEqual([route, 403]);
          await persons.page.goto(page);
          await persons.heading('Sign in for staff');
        }
        await persons.close();
        const officers = await stage.browser.visit('/me/history', staff.get('dpo'));
        await officers.heading('Requests');
        expect((await staff.get('dpo')!.get('/v1/me/records')).status).toBe(403);
        await officers.close();
      },
      JOURNEY,
    );

    it(
      'shows text that somebody stored as text, wherever it stands, and runs none of it',
      async () => {
        const [dpo, admin] = [staff.get('dpo')!, staff.get('admin')!];
        const statement = HOSTILE.join(' ');
        const rectification = await filed(ana, { kind: 'rectification', statement });
        const erasure = await filed(ana, { kind: 'erasure' });
        for (const name of HOSTILE) {
          const invited = await admin.post('/v1/staff', { name, roles: ['dpo'] });
          expect(invited.status).toBe(201);
          const signing = { url: 'https://example.org/hook', signing: 'ed25519' };
          expect((await dpo.post('/v1/recipients', { name, ...signing })).status).toBe(400);
          expect((await dpo.post('/v1/holds', { category: name, reason: 'litigation' })).status).toBe(201);
        }
        const refused = HOSTILE.map((category) => ({ category, ground: 'art-17-3-e-legal-claims' }));
        expect((await dpo.post(`/v1/requests/${erasure}/refuse`, { refused })).status).toBe(200);

        const shown = async (who: Visitor, route: string, texts: readonly string[]): Promise<void> => {
          const screen = await stage.browser.visit(route, who);
          for (const text of texts) await screen.text(text);
          expect(
            await screen.page.locator('img[src=x], svg[onload], b[onmouseover], main script').count(),
          ).toBe(0);
          await screen.close(); // which fails when a dialog had been opened
        };
        await shown(ana, '/me/history?search=%3C', [HOSTILE[0], HOSTILE[2], FILMS[0].categories[0]]);
        await shown(ana, `/me/requests/${rectification}`, [statement]);
        await shown(ana, `/me/requests/${erasure}`, HOSTILE);
        await shown(dpo, `/officer/requests/${rectification}`, [statement]);
        await shown(dpo, `/officer/requests/${erasure}`, HOSTILE);
        await shown(dpo, '/officer/holds', HOSTILE);
        await shown(admin, '/admin/accounts', HOSTILE);
        await shown(ana, `/me/history?search=${encodeURIComponent(HOSTILE[1])}`, [HOSTILE[1]]);
        await shown(admin, `/audit/ledger?search=${encodeURIComponent(HOSTILE[0])}`, ['No entry fits']);
      },
      JOURNEY,
    );

    it(
      'opens no door to a person by the id of another’s request',
      async () => {
        const requestId = await filed(ben, {
          kind: 'withdrawal',
          scope: { purpose: PURPOSE, categories: ['Comedy'] },
        });
        await eventually('the end of the withdrawal', async () => {
          const { body } = await ben.get(`/v1/me/requests/${requestId}`);
          return (body as { phase: string }).phase === 'completed' || undefined;
        });
        const unknown = '7f1d9b1e-0000-4000-8000-00000000000f';
        const routes = [
          '',
          '/events',
          '/certificate',
          '/certificate/proofs',
          '/receipt-openings',
          '/export?format=json',
        ];
        for (const route of routes) {
          const theirs = await ana.get(`/v1/me/requests/${requestId}${route}`);
          const nobodys = await ana.get(`/v1/me/requests/${unknown}${route}`);
          expect([route, theirs.status]).toEqual([route, 404]);
          expect(theirs.body).toEqual(
            JSON.parse(JSON.stringify(nobodys.body).replaceAll(unknown, requestId)),
          );
        }
        expect((await ana.post(`/v1/me/requests/${requestId}/cancel`)).status).toBe(404);
        const screen = await stage.browser.visit(`/me/requests/${requestId}`, ana);
        await screen.page.getByRole('alert').waitFor();
        await screen.isFit('request-of-another', { unpictured: true });
        await screen.close();
        const german = await stage.browser.visit(`/me/requests/${requestId}`, ana, 'de-DE');
        await german.text('Es gibt keinen Antrag mit dieser Nummer');
        await german.text('Sehen Sie in der Liste der Anträge nach.');
        await german.close();
        // An id that is taken is no way to read or change what it stands for either.
        const again = await ana.post('/v1/me/requests', { kind: 'erasure', requestId });
        expect(again.body).toMatchObject({ status: 409, code: 'REQUEST_ID_REUSED' });
        // Labels of another select nothing.
        const { body } = await ben.get('/v1/me/records?size=1');
        const [{ label }] = (body as { rows: { label: string }[] }).rows;
        const scope = { labels: [label] };
        const preview = await ana.post('/v1/me/preview', { kind: 'withdrawal', scope });
        expect(preview.body).toMatchObject({ erasable: 0 });
      },
      JOURNEY,
    );

    it('changes nothing without the token that only its own pages have', async () => {
      const forged = new Visitor(stage.portal.url);
      for (const [name, value] of ana.cookies) forged.cookies.set(name, value);
      const attempts = [
        forged.post('/v1/me/requests', { kind: 'erasure' }),
        forged.put(`/v1/me/consents/${PURPOSE}`, { granted: false }),
        forged.post('/v1/session/logout'),
      ];
      for (const attempt of attempts) expect((await attempt).body).toMatchObject({ status: 403 });
      for (const [name, value] of staff.get('dpo')!.cookies) forged.cookies.set(name, value);
      expect((await forged.post('/v1/holds', { category: 'Drama', reason: 'litigation' })).status).toBe(403);
      expect((await ana.session()).kind).toBe('subject');
    });

    it('takes no upload that is larger than anything it asks for', async () => {
      const statement = 'a'.repeat(20 * 1024 * 1024);
      const large = await ana.post('/v1/me/requests', { kind: 'rectification', statement });
      expect(large.body).toMatchObject({ status: 413 });
      const long = await ana.post('/v1/me/requests', { kind: 'rectification', statement: 'a'.repeat(2001) });
      expect(long.body).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED' });
      const many = {
        kind: 'withdrawal',
        scope: { labels: Array.from({ length: 10_001 }, () => 'A'.repeat(43)) },
      };
      expect((await ana.post('/v1/me/requests', many)).body).toMatchObject({ status: 400 });
    });
  },
  FILMS,
);
