import path from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import type { RequestDetail, SubmittedView, TrustView } from '#libs/portal-contract';
import { describePortal, JOURNEY } from '../support/portal/describe-portal.js';
import { eventually } from '../support/portal/eventually.js';
import { mailOf, PEOPLE, PURPOSE } from '../support/portal/film-house.js';
import type { SavedFile, Screen } from '../support/portal/portal-browser.js';
import { withoutFirstRecords } from '../support/records-on-disk.js';
import { TemporaryFolders, using } from '../support/small-installation.js';
import type { Visitor } from '../support/visitor.js';

describePortal('an auditor in their browser', (stage) => {
  let auditor: Visitor;
  let ana: Visitor;
  let requestId: string;
  let certificate: Buffer;

  beforeAll(async () => {
    const { portal } = stage;
    auditor = await portal.staff('auditor');
    ana = await portal.subject(mailOf(PEOPLE[0]));
    requestId = await withdrawn('Horror');
    const bundle = await auditor.get(`/v1/explorer/certificates/${requestId}`);
    certificate = Buffer.from(JSON.stringify(bundle.body));
  }, JOURNEY);

  /** A withdrawal of everything of a category, carried out. */
  async function withdrawn(category: string): Promise<string> {
    const scope = { purpose: PURPOSE, categories: [category] };
    const submitted = await ana.post('/v1/me/requests', { kind: 'withdrawal', scope });
    const { requestId: id } = submitted.body as SubmittedView;
    await eventually('the end of the withdrawal', async () => {
      const { body } = await ana.get(`/v1/me/requests/${id}`);
      return (body as RequestDetail).phase === 'completed' || undefined;
    });
    return id;
  }

  const filesOf = (texts: TrustView['files']): SavedFile[] =>
    Object.entries(texts).map(([name, text]) => ({
      name,
      mimeType: 'text/plain',
      buffer: Buffer.from(text),
    }));

  /** Of a house that has nothing to do with this one. */
  async function trustFilesOfAnother(): Promise<SavedFile[]> {
    const folders = new TemporaryFolders();
    try {
      return filesOf(await using(folders.next(), async ({ trustFiles }) => trustFiles));
    } finally {
      folders.remove();
    }
  }

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
    'sees in which shard a replay parts from what was certified, when somebody took records out of the log',
    async () => {
      const log = path.join(stage.portal.house.folder, 'events.db');
      const screen = await stage.browser.visit(`/audit/certificates/${requestId}`, auditor);
      await withoutFirstRecords(log, 'interactions-%', async () => {
        await screen.button('Replay');
        await screen.text(/^Shard \d+ went another way first$/);
      });
      await screen.text('Something else came out');
      await screen.text('REPLAY_RECORDS_MISSING');
      expect(await screen.page.getByText('Byte for byte what was certified.').count()).toBe(0);
      await screen.isFit('audit-replay-diverged');
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'is told what can be replayed no more once records of the certified version were withdrawn',
    async () => {
      await withdrawn('Drama');
      const screen = await stage.browser.visit(`/audit/certificates/${requestId}`, auditor);
      await screen.button('Replay');
      await screen.text('Partly out of reach');
      await screen.text('REPLAY_DATA_SINCE_ERASED');
      await screen.text('Out of reach');
      await screen.isFit('audit-replay-partial', { unpictured: true });
      await screen.button('Deutsch');
      await screen.text(
        /^Einträge, auf denen die bescheinigte Version trainiert wurde, sind seit dem Zertifikat/,
      );
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
      const english = await screen.page.getByRole('alert').innerText();
      await screen.button('Deutsch');
      await screen.text('Es wurde bei diesem Schritt abgelehnt:');
      const german = await screen.page.getByRole('alert').innerText();
      expect(german.split('\n')[0]).not.toBe(english.split('\n')[0]);
      expect(german).toMatch(/^(Die|Der|Das) /);
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'sees that the ledger only grew, between any two sizes and since a checkpoint that was kept, against trust files of their own',
    async () => {
      const screen = await stage.browser.visit('/audit/checkpoints', auditor);
      const { page } = screen;
      await screen.heading('Checkpoints');
      await screen.isFit('audit-checkpoints');
      const between = page.getByRole('region', { name: 'Did it only grow?' });
      const grew = /^The first entry stands unchanged among the \d+\.$/;
      await between.getByRole('textbox', { name: 'From size' }).fill('1');
      await between.getByRole('button', { name: 'Verify' }).click();
      await between.getByText(grew).waitFor();
      await between.getByText(/^Verified in this browser, but against trust files of the server/).waitFor();
      expect(new Set(await stepsOf(screen, 'Steps of the comparison'))).toEqual(new Set(['verified']));

      await screen.page.getByRole('radio', { name: 'Trust files that I bring along' }).check();
      await between.getByText('Choose your trust files first; nothing is verified without.').waitFor();
      const own = page.getByRole('region', { name: 'Whom this page believes' }).locator('input[type=file]');
      const { body } = await auditor.get('/v1/trust');
      await own.setInputFiles(filesOf((body as TrustView).files));
      await between.getByRole('button', { name: 'Verify' }).click();
      await between.getByText('Verified in this browser against your own trust files.').waitFor();
      await screen.isFit('audit-own-trust');

      const kept = page.getByRole('region', { name: 'A checkpoint that you kept' });
      const note = await (await fetch(`${stage.portal.url}/ledger/checkpoint`)).text();
      await kept.getByRole('textbox', { name: 'Text of the checkpoint' }).fill(note);
      await kept.getByRole('button', { name: 'Verify' }).click();
      await kept
        .getByText(/^(The first entry|Every one of the first \d+ entries) stands unchanged/)
        .waitFor();
      await kept.getByRole('textbox', { name: 'Text of the checkpoint' }).fill(note.replace('\n', '\n1'));
      await kept.getByRole('button', { name: 'Verify' }).click();
      await kept.getByText('CHECKPOINT_SIGNATURE_INVALID').waitFor();

      await own.setInputFiles(await trustFilesOfAnother());
      await between.getByRole('button', { name: 'Verify' }).click();
      await between.getByText('CHECKPOINT_NOT_SIGNED_BY_LOG').waitFor();
      expect(await between.getByText(grew).count()).toBe(0);
      await screen.close();
    },
    JOURNEY,
  );

  it(
    'looks for the records of a request in later versions',
    async () => {
      const screen = await stage.browser.visit('/audit/checkpoints', auditor);
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
      expect(await screen.page.locator('a[href^="/officer"]').count()).toBe(0); // they could not follow it
      await screen.close();
    },
    JOURNEY,
  );
});
