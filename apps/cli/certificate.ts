import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { TrustPolicy } from '#libs/verification';
import type { RenderedFormat } from '#stages/certification';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

const FORMATS = Object.keys({ html: true, pdf: true } satisfies Record<
  RenderedFormat,
  true
>) as RenderedFormat[];

interface RenderFlags {
  readonly format?: RenderedFormat;
  readonly out?: string;
  readonly trust?: string;
}

/** Adds `certificate render`. */
export function registerCertificate(program: Command): void {
  program
    .command('certificate')
    .description('certificates for people')
    .command('render')
    .description(
      'write a certificate as HTML or PDF; it is verified first, and the page says what came of it',
    )
    .argument('<id or file>', 'id of a request, or a certificate (*.sigstore.json)')
    .addOption(new Option('--format <format>', 'default: the ending of --out, or html').choices(FORMATS))
    .option('--out <file>', 'default: the name of the certificate, in this folder')
    .option(
      '--trust <folder>',
      'for a file: the trust files to verify it under; without them it is not verified',
    )
    .addHelpText(
      'after',
      `
Examples:
  lacuna certificate render 7f1d9b1e-0000-4000-8000-000000000001 --out certificate.pdf
  lacuna certificate render handover/certificates/….sigstore.json --trust handover/trust --format html`,
    )
    .action((idOrFile: string, flags: RenderFlags, command: Command) => render(idOrFile, flags, command));
}

async function render(idOrFile: string, flags: RenderFlags, command: Command): Promise<void> {
  const format = flags.format ?? formatOf(flags.out);
  const out = flags.out ?? `${path.basename(idOrFile).replace(/\.sigstore\.json$/, '')}.${format}`;
  const page = existsSync(idOrFile)
    ? await renderFile(idOrFile, flags, format)
    : await withInstallation(command.optsWithGlobals<GlobalFlags>(), ({ requests, certificates }) => {
        const { requestId } = requests.get(idOrFile);
        return certificates.render(requestId, format);
      });
  await writeFile(out, page);
  toStdout(`Written to ${out}.`);
}

function formatOf(out: string | undefined): RenderedFormat {
  return FORMATS.find((format) => out?.toLowerCase().endsWith(`.${format}`)) ?? 'html';
}

async function renderFile(file: string, { trust }: RenderFlags, format: RenderedFormat) {
  const { renderCertificate } = await import('#stages/certification');
  const { readInput } = await import('../verifier/input-files.js');
  return renderCertificate(
    await readInput(file),
    trust === undefined ? undefined : await trustIn(trust),
    format,
  );
}

async function trustIn(folder: string): Promise<TrustPolicy> {
  const { loadTrust } = await import('#libs/verification');
  const { nodeVerifySignature } = await import('#platform/crypto');
  const { readTrustFolder } = await import('../verifier/input-files.js');
  return loadTrust(await readTrustFolder(folder), nodeVerifySignature);
}
