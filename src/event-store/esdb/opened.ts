import tls from 'node:tls';
import { readFileSync } from 'node:fs';
import { EventStoreError } from '#libs/messaging';
import { SETTING, type EsdbAddress } from './esdb-address.js';
import type { EsdbSession } from './esdb-session.js';

/** The first whose reads from a stream give positions. */
const OLDEST = '22.10';
const PROBE_TIMEOUT = 3_000;

/** Builds something on a session once the server behind it is known to do; else closes the session and says what is wrong. */
export async function opened<T>(
  session: EsdbSession,
  address: EsdbAddress,
  build: () => Promise<T>,
): Promise<T> {
  try {
    try {
      await checkVersion(session, 0);
    } catch (error) {
      if (!(error instanceof EventStoreError && error.code === 'STORE_UNAVAILABLE')) throw error;
      await refuseTlsMismatch(address, error);
      await checkVersion(session);
    }
    return await build();
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function checkVersion(session: EsdbSession, patience?: number): Promise<void> {
  const { version, positions } = await session.run((client) => client.server(), { patience });
  if (!positions)
    throw new EventStoreError(
      'STORE_VERSION_TOO_OLD',
      'the event store’s server is of a version that is too old',
      {
        facts: { version, oldest: OLDEST },
        nextStep: `Upgrade the nodes named in ${SETTING} to EventStoreDB ${OLDEST} or newer, or to KurrentDB.`,
      },
    );
}

/** gRPC says of every failed handshake that the server is unavailable; one look at the port tells them apart. */
async function refuseTlsMismatch(address: EsdbAddress, cause: unknown): Promise<void> {
  const speaksTls = (await handshake(address, false)) === 'trusted';
  if (!address.tls && speaksTls)
    throw mismatch('the event store speaks TLS only', `Remove tls=false from ${SETTING}.`, cause);
  if (!address.tls) return;
  if (!speaksTls) {
    if ((await handshake(address, false)) === 'no TLS')
      throw mismatch(
        'the event store does not speak TLS',
        `Give its nodes certificates; or, on a network of your own only, add tls=false to ${SETTING}.`,
        cause,
      );
    return;
  }
  const trust = await handshake(address, true);
  if (trust !== 'trusted')
    throw mismatch(
      'the event store’s certificate is not trusted',
      `Name the authority that issued it as tlsCAFile in ${SETTING}, and each node by a name that stands in its certificate.`,
      cause,
      trust,
    );
}

/** @returns `trusted`, `no TLS`, or the code of what failed */
function handshake({ hosts, files }: EsdbAddress, verify: boolean): Promise<string> {
  const [{ address: host, port }] = hosts;
  return new Promise((resolve) => {
    const socket = tls.connect({
      host,
      port,
      servername: host,
      rejectUnauthorized: verify,
      ALPNProtocols: ['h2'],
      timeout: PROBE_TIMEOUT,
      ...(files.tlsCAFile && { ca: readFileSync(files.tlsCAFile) }),
    });
    const end = (outcome: string): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('secureConnect', () => end('trusted'));
    socket.on('timeout', () => end('TIMEOUT'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(
        /WRONG_VERSION_NUMBER|EPROTO|ECONNRESET|PACKET_LENGTH/.test(error.code ?? '')
          ? 'no TLS'
          : (error.code ?? 'UNKNOWN'),
      ),
    );
  });
}

function mismatch(what: string, nextStep: string, cause: unknown, reason?: string): EventStoreError {
  return new EventStoreError('STORE_TLS_MISMATCH', what, { facts: { reason }, nextStep, cause });
}
