import type { UnlearningCertificate } from '#libs/certificate';
import { loadTrust, verifyCertificate, type VerificationReport, type VerifiedStep } from '#libs/verification';
import { counted } from '#platform/terminal';
import { readInput, readTrustFolder } from './input-files.js';
import { EXIT, exitCodeOf, printRefusal, refusalAsJson, type ExitCode, type Output } from './output.js';

export interface CertificateOptions {
  /** Folder with log.vkey, trusted-root.json and certificate-signer.pem. */
  readonly trust: string;
  readonly json?: boolean;
}

/** `lacuna-verify certificate FILE --trust DIR [--json]`: no network, nothing but the named files. */
export async function certificateCommand(
  file: string,
  options: CertificateOptions,
  output: Output,
): Promise<ExitCode> {
  return options.json ? verifyForPrograms(file, options, output) : verifyForPeople(file, options, output);
}

async function verify(
  file: string,
  { trust: folder }: CertificateOptions,
  onStep: (step: VerifiedStep) => void,
): Promise<VerificationReport> {
  const [trust, bundle] = await Promise.all([readTrustFolder(folder), readInput(file)]);
  return verifyCertificate({ bundle, trust: loadTrust(trust), onStep });
}

async function verifyForPeople(file: string, options: CertificateOptions, output: Output): Promise<ExitCode> {
  try {
    const report = await verify(file, options, ({ step, meaning }) =>
      output.print(`✓ ${step.padEnd(11)} ${meaning}`),
    );
    describe(report).forEach(output.print);
    return EXIT.verified;
  } catch (error) {
    return printRefusal(error, output);
  }
}

async function verifyForPrograms(
  file: string,
  options: CertificateOptions,
  output: Output,
): Promise<ExitCode> {
  const steps: VerifiedStep[] = [];
  try {
    const { log, certificate } = await verify(file, options, (step) => steps.push(step));
    output.print(JSON.stringify({ verified: true, steps, log, certificate }, undefined, 2));
    return EXIT.verified;
  } catch (error) {
    output.print(JSON.stringify({ verified: false, steps, error: refusalAsJson(error) }, undefined, 2));
    return exitCodeOf(error);
  }
}

function describe({ certificate, log }: VerificationReport): string[] {
  const { request, times, deleted, erasure, notProven } = certificate;
  return [
    '',
    `Verified: request ${request.id} (${request.kind}, ${request.legalGround})`,
    `  received ${times.received}, due ${times.due}, completed ${times.completed}`,
    `  ${counted(deleted.count, 'record')} unlearned, ${counted(erasure.keysDestroyed.count, 'key')} destroyed, ${counted(erasure.streamsTombstoned.count, 'stream')} tombstoned`,
    ...describeModel(certificate),
    `  logged in ${log.origin} as entry ${log.index}, seen in a tree of ${log.size}`,
    '',
    'What no certificate can show:',
    ...notProven.map(({ code, meaning }) => `  ${code}: ${meaning}`),
  ];
}

function describeModel({ model }: UnlearningCertificate): string[] {
  if (model === null) return ['  no model had been published'];
  const { line, manifest, affectedShards, unaffectedShards, partition, serving } = model;
  return [
    `  model ${line} (${partition.kind}), version ${manifest.before.version} → ${manifest.after.version}, serving since ${serving.servesFrom}`,
    ...affectedShards.map(
      ({ shard, before, after }) =>
        `  shard ${shard} rebuilt: ${before.count} → ${after.count} records, ${before.digest.slice(0, 12)} → ${after.digest.slice(0, 12)}`,
    ),
    `  shards left as they were: ${unaffectedShards.map(({ shard }) => shard).join(', ') || 'none'}`,
  ];
}
