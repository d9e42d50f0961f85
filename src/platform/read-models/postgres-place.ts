import { ReadModelsError } from './read-models-error.js';

/** Read models in a schema of PostgreSQL that only this installation uses. */
export interface PostgresPlace {
  /** Value of LACUNA_POSTGRES_URL. */
  readonly url: string;
  /** Name of the installation, which names the schema. */
  readonly installation: string;
  /** Milliseconds for which reading and writing wait for a server that does not answer; default: 30,000. */
  readonly patience?: number;
}

const INSTALLATION = /^[0-9A-Za-z-]{1,48}$/;

/** The schema of an installation: two of them share a database without meeting (docs/decisions/0048). */
export function schemaOf({ installation }: Pick<PostgresPlace, 'installation'>): string {
  if (!INSTALLATION.test(installation))
    throw new ReadModelsError('READ_MODELS_URL_MALFORMED', 'the name of the installation names no schema', {
      nextStep: 'Let `installation` in lacuna.json be the identifier that it was made with.',
    });
  return `lacuna_${installation.toLowerCase().replaceAll('-', '')}`;
}

/** What the advisory lock of a writer is called. */
export function lockOf({ name }: { readonly name: string }, place: PostgresPlace): string {
  return `${schemaOf(place)} ${name}`;
}

/**
 * The connection string with settings for its sessions.
 * @throws ReadModelsError READ_MODELS_URL_MALFORMED; it does not quote the string, which may hold a password
 */
export function connectionString({ url }: PostgresPlace, settings: Readonly<Record<string, string>>): string {
  const parsed = parsedUrl(url);
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  parsed.searchParams.set('options', [parsed.searchParams.get('options') ?? '', ...options].join(' ').trim());
  return parsed.toString();
}

/** What of the address may be shown. */
export function placeFacts({ url }: PostgresPlace): { host: string; database: string } {
  const { host, pathname, searchParams } = parsedUrl(url);
  return { host: host || (searchParams.get('host') ?? 'default'), database: pathname.slice(1) || 'default' };
}

function parsedUrl(url: string): URL {
  try {
    const parsed = new URL(url);
    if (/^postgres(ql)?:$/.test(parsed.protocol)) return parsed;
  } catch {
    // Not a URL: told below.
  }
  throw new ReadModelsError(
    'READ_MODELS_URL_MALFORMED',
    'LACUNA_POSTGRES_URL is not a connection string of PostgreSQL',
    {
      nextStep:
        'Write it as postgresql://user:password@host:5432/database?sslmode=verify-full, special characters of the password percent-encoded.',
    },
  );
}
