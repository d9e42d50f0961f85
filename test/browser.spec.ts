import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { utf8 } from '#libs/essentials';
import { honestCertificate, honestTrustFiles } from '#libs/testkit';
import { loadTrust, trustFolderOf, verifyCertificate } from '#libs/verification';
import { hasChromium, packForBrowsers, ScriptPage, verifyInPage } from './support/browser.js';

const MINUTE = 60_000;

describe('the verification library', () => {
  it('reaches nothing that only Node has', async () => {
    expect(await packForBrowsers('#libs/verification', 'lacuna')).toContain('CHECKPOINT_SIGNATURE_INVALID');
    expect(await packForBrowsers('#libs/rendering', 'lacuna')).toContain('Certificate of unlearning');
  });

  it('could not hide it if it did', async () => {
    await expect(packForBrowsers('#platform/crypto', 'lacuna')).rejects.toThrow('node:crypto');
  });
});

if (!hasChromium)
  console.warn('No /usr/bin/chromium here: what happens in a browser is not tested. CI installs it.');
const describeInBrowser = hasChromium || process.env.CI === 'true' ? describe : describe.skip;

describeInBrowser('in a browser', () => {
  let page: ScriptPage;
  beforeAll(async () => {
    page = await ScriptPage.open(await packForBrowsers('#libs/verification', 'lacuna'));
  }, MINUTE);
  afterAll(() => page.close());

  const { bundle } = honestCertificate();
  const files = honestTrustFiles();

  it('a certificate verifies with the report that Node gives', async () => {
    const { report } = await verifyInPage(page.page, bundle, files);
    const inNode = verifyCertificate({ bundle: utf8(bundle), trust: loadTrust(trustFolderOf(files)) });
    expect(report).toEqual(JSON.parse(JSON.stringify(inNode)));
  });

  it('warming up changes nothing but the time that it takes', async () => {
    const [cold, warmed] = [false, true].map((how) => verifyInPage(page.page, bundle, files, how));
    expect((await warmed).report).toEqual((await cold).report);
    expect(await verifyInPage(page.page, bundle.slice(0, -1), files, true)).toMatchObject({
      code: 'BUNDLE_MALFORMED',
    });
  });

  it.each([
    [
      'with another size',
      bundle.replace('"treeSize":"7"', '"treeSize":"8"'),
      files,
      'CHECKPOINT_SIZE_MISMATCH',
    ],
    ['cut short', bundle.slice(0, -1), files, 'BUNDLE_MALFORMED'],
    ['under trust files that are none', bundle, { ...files, 'log.vkey': '' }, 'TRUST_FILE_MALFORMED'],
  ])('a certificate %s is refused with the code that Node gives', async (_, file, trust, code) => {
    expect(await verifyInPage(page.page, file, trust)).toMatchObject({ code });
  });
});
