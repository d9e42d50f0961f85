import { EventStoreError } from '#libs/messaging';

export interface EsdbHost {
  readonly address: string;
  readonly port: number;
}

/** A connection string, parsed. */
export interface EsdbAddress {
  readonly hosts: readonly EsdbHost[];
  /** The host is a name under which the cluster's nodes are found. */
  readonly discover: boolean;
  readonly tls: boolean;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly files: Readonly<Partial<Record<FileOption, string>>>;
  readonly numbers: Readonly<Partial<Record<NumberOption, number>>>;
  readonly connectionName?: string;
}

/** The environment variable that every message about the address names. */
export const SETTING = 'LACUNA_EVENTSTORE_URL';

const FILE_OPTIONS = ['tlsCAFile', 'userCertFile', 'userKeyFile'] as const;
const NUMBER_OPTIONS = [
  'defaultDeadline',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
] as const;
const OTHER_OPTIONS = ['tls', 'tlsVerifyCert', 'nodePreference', 'connectionName'] as const;
const DEFAULT_PORT = 2113;

export type FileOption = (typeof FILE_OPTIONS)[number];
export type NumberOption = (typeof NUMBER_OPTIONS)[number];

/** The schemes of both names of the product; `+discover` finds the nodes by DNS. */
const ADDRESS =
  /^(?:esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\/(?:([^:@/?]+):([^@/?]+)@)?([^@/?]+)\/?(?:\?(.*))?$/;

/**
 * Reads a connection string. The client has a parser of its own; that one prints the whole string, password included, when an option is
 * unknown to it. No message here holds anything but names of options.
 *
 * @throws EventStoreError STORE_ADDRESS_MALFORMED
 *
 * @example
 * parseEsdbAddress('esdb://admin:changeit@node1:2113,node2:2113,node3:2113?tlsCAFile=/etc/lacuna/ca.crt');
 */
export function parseEsdbAddress(text: string): EsdbAddress {
  const [whole, discover, username, password, hosts, query] = ADDRESS.exec(text.trim()) ?? [];
  if (whole === undefined)
    throw malformed(
      'is not of the form esdb://user:password@host:port,…?option=value (or esdb+discover://, kurrentdb://)',
    );
  const options = optionsOf(query ?? '');
  return {
    hosts: hosts.split(',').map(hostOf),
    discover: discover !== undefined,
    tls: booleanOf(options, 'tls') ?? true,
    ...(username && { credentials: { username: decoded(username), password: decoded(password) } }),
    files: pick(options, FILE_OPTIONS, (value) => value),
    numbers: pick(options, NUMBER_OPTIONS, numberOf),
    ...(options.has('connectionName') && { connectionName: options.get('connectionName') }),
  };
}

export function malformed(what: string): EventStoreError {
  return new EventStoreError('STORE_ADDRESS_MALFORMED', `${SETTING} ${what}`, {
    nextStep: `Correct ${SETTING}; characters such as @ and : in a name or password are written in percent-encoding.`,
  });
}

function optionsOf(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [key, value] = pair.split('=', 2);
    const name = knownOption(key);
    if (value === undefined || value === '') throw malformed(`gives no value to the option ${name}`);
    options.set(name, decoded(value));
  }
  if (booleanOf(options, 'tlsVerifyCert') === false)
    throw malformed(
      'says tlsVerifyCert=false, which the client does not know; name the authority in tlsCAFile instead',
    );
  if ((options.get('nodePreference') ?? 'leader').toLowerCase() !== 'leader')
    throw malformed('prefers nodes that are not the leader, which may not have what was just written');
  return options;
}

function knownOption(key: string): string {
  const known = [...FILE_OPTIONS, ...NUMBER_OPTIONS, ...OTHER_OPTIONS];
  const name = known.find((option) => option.toLowerCase() === key.toLowerCase().replace(/[_-]/g, ''));
  if (name === undefined) throw malformed(`has an option that is not known; known are ${known.join(', ')}`);
  return name;
}

function hostOf(text: string): EsdbHost {
  const [address, port, ...rest] = text.trim().split(':');
  const number = Number(port ?? DEFAULT_PORT);
  if (!/^[\w.-]+$/.test(address) || rest.length > 0) throw malformed('names a host that is none');
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw malformed('names a port that is none');
  return { address, port: number };
}

function booleanOf(options: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = options.get(name);
  if (value !== undefined && value !== 'true' && value !== 'false')
    throw malformed(`says of ${name} neither true nor false`);
  return value === undefined ? undefined : value === 'true';
}

function numberOf(value: string, name: string): number {
  const number = Number(value);
  if (!Number.isInteger(number)) throw malformed(`says of ${name} no whole number`);
  return number;
}

function pick<Name extends string, T>(
  options: ReadonlyMap<string, string>,
  names: readonly Name[],
  read: (value: string, name: string) => T,
): Partial<Record<Name, T>> {
  const found = names
    .filter((name) => options.has(name))
    .map((name) => [name, read(options.get(name)!, name)]);
  return Object.fromEntries(found) as Partial<Record<Name, T>>;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('has a broken percent-encoding');
  }
}
