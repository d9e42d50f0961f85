import type { ErrorDetails } from '#libs/essentials';
import { AWAY_MESSAGE, AWAY_SOCKET, AWAY_STATE, codeOf } from '#platform/postgres';
import { ReadModelsError, type ReadModelsErrorCode } from './read-models-error.js';

const SETTING = 'LACUNA_POSTGRES_URL';

interface Failure {
  readonly code: ReadModelsErrorCode;
  readonly message: string;
  readonly nextStep: string;
}

const UNREACHABLE: Failure = {
  code: 'READ_MODELS_UNREACHABLE',
  message: 'PostgreSQL does not answer',
  nextStep: `See whether the server that ${SETTING} names runs and takes connections from here. What was under way goes on when it is back.`,
};
const TLS: Failure = {
  code: 'READ_MODELS_TLS_REFUSED',
  message: 'PostgreSQL and this process do not agree about TLS',
  nextStep: `Let sslmode in ${SETTING} say what the server does (disable, or verify-full), and sslrootcert who signed its certificate.`,
};
const CREDENTIALS: Failure = {
  code: 'READ_MODELS_CREDENTIALS_REFUSED',
  message: 'PostgreSQL refuses the user or the password',
  nextStep: `Correct user and password in ${SETTING} (percent-encode special characters), or what pg_hba.conf says of them.`,
};
const DATABASE: Failure = {
  code: 'READ_MODELS_DATABASE_UNKNOWN',
  message: 'the server has no such database',
  nextStep: `Create it (CREATE DATABASE), or correct its name in ${SETTING}.`,
};
const FORBIDDEN: Failure = {
  code: 'READ_MODELS_FORBIDDEN',
  message: 'the user of PostgreSQL may not do this',
  nextStep: `Grant the user of ${SETTING} CREATE on the database (GRANT CREATE ON DATABASE …), or make it owner of the installation's schema.`,
};
const FULL: Failure = {
  code: 'READ_MODELS_FULL',
  message: 'the disk of PostgreSQL is full',
  nextStep: `Make room on the server that ${SETTING} names; following goes on by itself.`,
};
const READ_ONLY: Failure = {
  code: 'READ_MODELS_READ_ONLY',
  message: 'PostgreSQL takes no writes here',
  nextStep: `Let ${SETTING} name the primary, not a standby; where a standby is about to become the primary, following goes on by itself.`,
};

/** By SQLSTATE (PostgreSQL, appendix A), by its class, or by the code of a socket. */
const BY_CODE: readonly (readonly [pattern: RegExp, failure: Failure])[] = [
  [/^(28P01|28000)$/, CREDENTIALS],
  [/^3D000$/, DATABASE],
  [/^42501$/, FORBIDDEN],
  [/^53100$/, FULL],
  [/^25006$/, READ_ONLY],
  [AWAY_STATE, UNREACHABLE],
  [/CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(TLS|SSL)|^EPROTO$/, TLS],
  [AWAY_SOCKET, UNREACHABLE],
];

/** What the driver and the ORM say without a code. */
const BY_MESSAGE: readonly (readonly [pattern: RegExp, failure: Failure])[] = [
  [/SSL connection/, TLS],
  [/^SASL|password must be a string/, CREDENTIALS],
  [AWAY_MESSAGE, UNREACHABLE],
];

/** A server that wants TLS says so as a refusal of the host. */
const WANTS_TLS = /no pg_hba\.conf entry.*(no encryption|SSL off)/;

/**
 * What is the matter, as one coded error that names the setting; undefined for what is no failure of PostgreSQL. The driver's own message stays
 * out of it: the statement and its parameters, which hold records, travel with it.
 */
export function postgresFailureOf(
  error: unknown,
  facts?: ErrorDetails['facts'],
): ReadModelsError | undefined {
  if (error instanceof ReadModelsError) return error;
  const failure = failureOf(error);
  if (failure !== undefined)
    return new ReadModelsError(failure.code, failure.message, { facts, nextStep: failure.nextStep });
  const sqlState = codeOf(error);
  if (!/^[0-9A-Z]{5}$/.test(sqlState)) return undefined;
  return new ReadModelsError('READ_MODELS_QUERY_REFUSED', 'PostgreSQL refused a statement', {
    facts: { ...facts, sqlState },
    nextStep:
      "Look for the SQLSTATE in the server's log. Read models can be made anew: `lacuna read-models reset`.",
  });
}

function failureOf(error: unknown): Failure | undefined {
  const { message = '' } = (error ?? {}) as { message?: string };
  if (WANTS_TLS.test(message)) return TLS;
  const code = codeOf(error);
  return (
    BY_CODE.find(([pattern]) => pattern.test(code))?.[1] ??
    BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1]
  );
}
