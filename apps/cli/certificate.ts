import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { loadTrust } from '#libs/verification';
import { nodeVerifySignature } from '#platform/crypto';
import { renderCertificate, RENDERED_FORMATS, type RenderedFormat } from '#stages/certification';
import { readInput, readTrustFolder } from '../verifier/input-files.js';
import { toStdout } from './output.js';
import { withInstallation, type GlobalFlags } from './session.js';

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
    .addOption(
      new Option('--format <format>', 'default: the ending of --out, or html').choices(RENDERED_FORMATS),
    )
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
    ? await renderCertificate(await readInput(idOrFile), await trustOf(flags), format)
    : await withInstallation(command.optsWithGlobals<GlobalFlags>(), ({ requests, certificates }) => {
        const { requestId } = requests.get(idOrFile);
        return certificates.render(requestId, format);
      });
  await writeFile(out, page);
  toStdout(`Written to ${out}.`);
}

function formatOf(out: string | undefined): RenderedFormat {
  return RENDERED_FORMATS.find((format) => out?.toLowerCase().endsWith(`.${format}`)) ?? 'html';
}

async function trustOf({ trust }: RenderFlags): Promise<ReturnType<typeof loadTrust> | undefined> {
  return trust === undefined ? undefined : loadTrust(await readTrustFolder(trust), nodeVerifySignature);
}
