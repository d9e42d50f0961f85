import { CodedError } from '#libs/essentials';
import type { Installation, InstallationOptions } from '../installation/index.js';

/** Options that every command shares. */
export interface GlobalFlags {
  readonly dataFolder: string;
  readonly threads?: number;
}

export type Opening = Omit<
  InstallationOptions,
  'folder' | 'threads' | 'kek' | 'environment' | 'backends' | 'destructions'
>;

/** Opens the installation that the program's options name; only now are the stages loaded. */
export async function open(flags: GlobalFlags, opening: Opening = {}): Promise<Installation> {
  const { backendsOf, kekOptionsOf, openInstallation } = await import('../installation/index.js');
  return openInstallation({
    ...opening,
    folder: flags.dataFolder,
    threads: flags.threads,
    backends: backendsOf(process.env),
    ...kekOptionsOf(process.env),
    destructions: process.env.LACUNA_DESTRUCTIONS || undefined,
    mail: { smtpUrl: process.env.LACUNA_SMTP_URL, from: process.env.LACUNA_MAIL_FROM },
  });
}

/** Opens, works, closes, also when the work fails. */
export async function withInstallation<T>(
  flags: GlobalFlags,
  work: (installation: Installation) => Promise<T>,
  opening?: Opening,
): Promise<T> {
  const installation = await open(flags, opening);
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}

/** What a person reads when a command fails: the reason, the code, the next step; facts hold nothing personal. */
export function explain(error: unknown): string {
  if (!(error instanceof CodedError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const facts = Object.entries(error.facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);
  return [
    `${error.code}: ${error.message}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`,
    ...(error.nextStep === undefined ? [] : [`What to do: ${error.nextStep}`]),
  ].join('\n');
}
