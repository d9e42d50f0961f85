import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Unwitnessed } from '#stages/certification';
import type { Locale } from '#libs/letters';
import type { DrpSettings, OpenDsrSettings } from '#stages/standards';
import type { OutboundPolicy } from '#platform/outbound';
import { policyOf, type PolicyChanges } from '#stages/requests';
import type { ConsentTerms, InteractionRules } from '#stages/ingest';
import { writeFileDurably } from '#platform/files';
import { InstallationError } from './installation-error.js';
import { portalProblem, type PortalSettings } from './portal-settings.js';

/** What an installation is, fixed when its data folder is made. */
export interface Settings {
  readonly schema: 'urn:lacuna:settings:v1';
  /** Random, made with the data folder: tells shared stores whose they are. */
  readonly installation: string;
  /** Name of the ledger (C2SP origin): a host name, perhaps with a path, without a scheme. */
  readonly origin: string;
  /** Model line that requests are unlearned from and recommendations come from. */
  readonly line: string;
  /** Purpose under which the line uses records. */
  readonly purpose: string;
  /** Values that an interaction may have, inclusive; any finite one when absent. */
  readonly values?: InteractionRules;
  /** Days for which a receipt's openings wait for their person after a request was closed. */
  readonly receiptDays: number;
  /** How requests that people make themselves are worked, where that is not the default. */
  readonly requests?: PolicyChanges;
  /** When a policy asks for witnesses: whether certificates wait for them (the default) or are issued without. */
  readonly unwitnessed?: Unwitnessed;
  /** Who is written to when a deadline comes near. */
  readonly dpoAddress?: string;
  /** Language of letters to people of whom none is known. */
  readonly locale?: Locale;
  /** What notices to recipients may do beyond https to the public Internet. */
  readonly recipients?: OutboundPolicy;
  /** What is offered to controllers over OpenDSR, and to agents over the Data Rights Protocol. */
  readonly opendsr?: OpenDsrSettings;
  readonly drp?: DrpSettings;
  /** Terms that a recorded consent names unless it names others. */
  readonly consent: ConsentTerms;
  /** Supervisory authority to which people can complain under the GDPR; the CCPA has its own. */
  readonly authority?: string;
  readonly portal?: PortalSettings;
}

export const DEFAULT_SETTINGS: Omit<Settings, 'installation'> = {
  schema: 'urn:lacuna:settings:v1',
  origin: 'lacuna.localhost/ledger',
  line: 'main',
  purpose: 'recommendations',
  receiptDays: 90,
  consent: {
    controller: 'unnamed controller',
    noticeReference: 'urn:lacuna:notice:default',
    personalDataCategories: ['interactions with items'],
    lawfulBasis: 'consent',
  },
};

const FILE = 'lacuna.json';

type FileSettings = Omit<Settings, 'installation'> & Partial<Pick<Settings, 'installation'>>;

/**
 * Reads the settings of a data folder; a new folder gets the defaults with the changes.
 * @throws InstallationError SETTINGS_MALFORMED, SETTINGS_DIFFER when an existing folder has other ones
 */
export async function settingsOf(folder: string, changes: Partial<Settings>): Promise<Settings> {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) {
    const settings = { ...DEFAULT_SETTINGS, installation: randomUUID(), ...changes };
    checkValues(settings);
    await write(file, settings);
    return settings;
  }
  const settings = await named(file, readSettings(file));
  for (const [name, value] of Object.entries(changes))
    if (JSON.stringify(settings[name as keyof Settings]) !== JSON.stringify(value))
      throw new InstallationError('SETTINGS_DIFFER', `the data folder was made with another ${name}`, {
        nextStep: `Leave ${name} away, or change it in ${FILE}; the ledger’s name never changes.`,
      });
  return settings;
}

/** Which settings may be shown to staff. A new one is to be decided about here. */
const SHOWN: Readonly<Record<keyof Settings, boolean>> = {
  schema: true,
  installation: true,
  origin: true,
  line: true,
  purpose: true,
  values: true,
  receiptDays: true,
  unwitnessed: true,
  dpoAddress: false,
  locale: true,
  recipients: true,
  opendsr: true,
  drp: true,
  consent: true,
  requests: true,
  authority: true,
  portal: true,
};

export function withoutSecrets(settings: Settings): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => Object.hasOwn(SHOWN, name) && SHOWN[name as keyof Settings]),
  );
}

/** The line that an installation trains and serves is changed in its settings. */
export async function useLine(folder: string, line: string): Promise<void> {
  const file = path.join(folder, FILE);
  await write(file, { ...readSettings(file), line });
}

/** A folder of an earlier release has no name yet. */
async function named(file: string, settings: FileSettings): Promise<Settings> {
  if (settings.installation !== undefined) return { ...settings, installation: settings.installation };
  const whole = { ...settings, installation: randomUUID() };
  await write(file, whole);
  return whole;
}

async function write(file: string, settings: FileSettings): Promise<void> {
  await writeFileDurably(file, `${JSON.stringify(settings, undefined, 2)}\n`);
}

function readSettings(file: string): FileSettings {
  let settings: Partial<Settings> | undefined;
  try {
    settings = JSON.parse(readFileSync(file, 'utf8')) as Partial<Settings>;
  } catch (cause) {
    throw malformed('is not JSON', cause);
  }
  for (const field of ['schema', 'origin', 'line', 'purpose'] as const)
    if (typeof settings[field] !== 'string') throw malformed(`lacks ${field}`);
  if (settings.schema !== DEFAULT_SETTINGS.schema)
    throw malformed('has a schema that this version does not know');
  const whole = { ...DEFAULT_SETTINGS, ...settings };
  checkValues(whole);
  return whole;
}

/** Of a folder that is opened, and of one that is to be made. */
function checkValues(settings: FileSettings): void {
  const { unwitnessed, receiptDays, requests } = settings;
  if (unwitnessed !== undefined && !['hold', 'issue'].includes(unwitnessed))
    throw malformed('says of unwitnessed neither hold nor issue');
  if (!Number.isSafeInteger(receiptDays) || receiptDays < 1)
    throw malformed('needs a whole number of receiptDays, at least 1');
  const problem = portalProblem(settings);
  if (problem !== undefined) throw malformed(problem);
  checkPolicy(requests);
}

function checkPolicy(changes: PolicyChanges | undefined): void {
  try {
    policyOf(changes);
  } catch (cause) {
    throw malformed('says of requests what cannot be', cause);
  }
}

function malformed(what: string, cause?: unknown): InstallationError {
  return new InstallationError('SETTINGS_MALFORMED', `${FILE} ${what}`, {
    cause,
    nextStep: `Correct ${FILE} in the data folder, or restore it from a backup.`,
  });
}

/** Id of the installation in a folder that somebody else may have open. @throws InstallationError INSTALLATION_MISSING */
export function installationIdOf(folder: string): string {
  const file = path.join(folder, FILE);
  const { installation } = existsSync(file) ? readSettings(file) : {};
  if (installation !== undefined) return installation;
  throw new InstallationError('INSTALLATION_MISSING', 'there is no installation in that folder', {
    facts: { missing: FILE },
    nextStep: 'Name the data folder: --data-folder, or LACUNA_DATA_FOLDER; open it once with this release.',
  });
}
