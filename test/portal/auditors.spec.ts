import { beforeAll, expect, it } from '@jest/globals';
import type { RequestDetail, SubmittedView } from '#libs/portal-contract';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';
import { eventually } from '../support/portal/eventually.js';
import { mailOf, PEOPLE, PURPOSE } from '../support/portal/film-house.js';
import type { SavedFile, Screen } from '../support/portal/portal-browser.js';
import type { Visitor } from '../support/visitor.js';

describePortal('an auditor in their browser', (stage) => {
  let auditor: Visitor;
  let requestId: string;
  let certificate: Buffer;

  beforeAll(async () => {
    const { portal } = stage;
    auditor = await portal.staff('auditor');
    const ana = await portal.subject(mailOf(PEOPLE[0]));
    const scope = { purpose: PURPOSE, categories: ['Horror'] };
    const { body } = await ana.post('/v1/me/requests', { kind: 'withdrawal', scope });
    ({ requestId } = body as SubmittedView);
    await eventually('the end of the withdrawal', async () => {
      const { body } = await ana.get(`/v1/me/requests/${requestId}`);
      return (body as RequestDetail).phase === 'completed' || undefined;
    });
    const bundle = await auditor.get(`/v1/explorer/certificates/${requestId}`);
    certificate = Buffer.from(JSON.stringify(bundle.body));
  }, JOURNEY);

  /** Every step of a list, by what became of it. */
  async function stepsOf(screen: Screen, list: string): Promise<readonly (string | null)[]> {
    const steps = screen.page.getByRole('list', { name: list }).getByRole('listitem');
    return Promise.all((await steps.all()).map((step) => step.getAttribute('data-state')));
  }

  it(
    'finds the certificate by the pseudonym of its request, sees its proof drawn, and verifies what it claims',
    async () => {
      const screen = await stage.browser.visit('/audit/ledger', auditor);
      const { page } = screen;
      await screen.heading('Ledger');
      await screen.isFit('audit-ledger');
      await screen.fill('Search', requestId);
      await screen.button('Search');
      await page.getByRole('row').filter({ hasText: 'Certificate' }).getByRole('link').first().click();
      await screen.heading(/^Entry /);
      await screen.text('The ledger that was signed holds this entry.');
      await page.getByRole('img', { name: /^Proof of entry \d+, drawn as a tree/ }).waitFor();
      expect(new Set(await stepsOf(screen, 'Steps of the verification'))).toEqual(new Set(['verified']));
      await screen.text('The root is the one that was signed.');
      await screen.isFit('audit-entry');

      await screen.link('Open the certificate');
      await screen.heading('Certificate');
      await screen.text('Everything that the certificate claims here holds.');
      await screen.button('Verify all, later versions too');
      await page.getByRole('list', { name: 'They are in no version since' }).waitFor();
      await screen.text('Everything that the certificate claims here holds.');
      for (const claim of [
        'The certificate is genuine and logged',
        'Exactly its records left',
        'They are in no version since',
      ])
        expect(new Set(await stepsOf(screen, claim))).toEqual(new Set(['verified']));
      await screen.isFit('audit-certificate');
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'replays it, and watches every shard come out byte for byte as certified',
    async () => {
      const screen = await stage.browser.visit(`/audit/certificates/${requestId}`, auditor);
      await screen.button('Replay');
      await screen.heading('Replay');
      await screen.text('Byte for byte what was certified.');
      await screen.isFit('audit-replay');
      await screen.page.getByRole('link', { name: 'Replays', exact: true }).first().click();
      await screen.text('Byte for byte the same');
      await screen.isFit('audit-replays', { unpictured: true });
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'is told by its code why a certificate that was tampered with is refused',
    async () => {
      const screen = await stage.browser.visit('/audit/certificates', auditor);
      await screen.heading('Certificates');
      await screen.isFit('audit-certificates');
      const choose = async (text: string): Promise<void> => {
        const file: SavedFile = {
          name: `${requestId}.sigstore.json`,
          mimeType: 'application/json',
          buffer: Buffer.from(text),
        };
        await screen.page.locator('input[type=file]').first().setInputFiles(file);
      };
      const honest = certificate.toString('utf8');
      await choose(honest);
      await screen.text('Everything that the certificate claims here holds.');
      const { dsseEnvelope } = JSON.parse(honest) as { dsseEnvelope: { payload: string } };
      const payload = Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8');
      const fewer = payload.replace(/"count":(\d+)/, (_, count: string) => `"count":${Number(count) + 1}`);
      expect(fewer).not.toBe(payload);
      await choose(honest.replace(dsseEnvelope.payload, Buffer.from(fewer).toString('base64')));
      await screen.text('It was refused at this step:');
      await screen.text(/^[A-Z]+(_[A-Z]+)+$/);
      const code = await screen.page.getByRole('alert').innerText();
      expect(code).toMatch(/PAYLOAD|LEAF|ENTRY|SIGNATURE|DIGEST/);
      expect(await screen.page.getByText('Everything that the certificate claims here holds.').count()).toBe(
        0,
      );
      await screen.isFit('audit-certificate-refused');
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'compares checkpoints, and looks for the records of a request in later versions',
    async () => {
      const screen = await stage.browser.visit('/audit/checkpoints', auditor);
      await screen.heading('Checkpoints');
      await screen.isFit('audit-checkpoints');
      await screen.page.getByRole('link', { name: 'Absence check', exact: true }).click();
      await screen.heading('Absence check');
      await screen.isFit('audit-absence-empty', { unpictured: true });
      await screen.fill('Pseudonym of the request', requestId);
      await screen.page.getByRole('textbox', { name: 'Pseudonym of the request' }).press('Enter');
      await screen.text('Versions that were looked at');
      await screen.isFit('audit-absence');
      await screen.page.getByRole('link', { name: 'Staff actions', exact: true }).click();
      await screen.heading('Staff actions');
      await screen.isFit('audit-staff-actions');
      await screen.close();
    },
    JOURNEY,
  );
});
