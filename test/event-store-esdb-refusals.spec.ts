import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EsdbEventStore } from '#stages/event-store/esdb';
import { EsdbStandIn } from './support/esdb/esdb-stand-in.js';

const PATIENCE = { patience: 200, firstPause: 10, deadline: 200 };
const SECRET = 'pa55';

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly nextStep: string;
  readonly cause?: unknown;
}

async function refusal(address: string): Promise<Refusal | 'opened'> {
  try {
    await (await EsdbEventStore.open(address, PATIENCE)).close();
    return 'opened';
  } catch (error) {
    return error as Refusal;
  }
}

describe('a connection string', () => {
  it.each([
    ['http://localhost:2113', 'of the form'],
    ['esdb://', 'of the form'],
    ['esdb://user@localhost', 'of the form'],
    [`esdb://user:${SECRET}@local host:2113`, 'a host that is none'],
    [`esdb://user:${SECRET}@localhost:port`, 'a port that is none'],
    [`esdb://user:${SECRET}@localhost:0`, 'a port that is none'],
    [`esdb://user:${SECRET}@localhost?tsl=false`, 'an option that is not known'],
    [`esdb://user:${SECRET}@localhost?tls=no`, 'tls neither true nor false'],
    [`esdb://user:${SECRET}@localhost?tls`, 'no value to the option tls'],
    [`esdb://user:${SECRET}@localhost?defaultDeadline=soon`, 'defaultDeadline no whole number'],
    [`esdb://user:${SECRET}@localhost?tlsVerifyCert=false`, 'tlsCAFile instead'],
    [`esdb://user:${SECRET}@localhost?nodePreference=follower`, 'not the leader'],
    [`esdb://user:${SECRET}@localhost?tlsCAFile=/nowhere/ca.crt`, 'cannot be read'],
    [`esdb://user:${SECRET}%@localhost`, 'percent-encoding'],
  ])('%s is refused, and nothing of it is repeated', async (address, what) => {
    const refused = (await refusal(address)) as Refusal;
    expect(refused.code).toBe('STORE_ADDRESS_MALFORMED');
    expect(refused.message).toContain('LACUNA_EVENTSTORE_URL');
    expect(refused.message).toContain(what);
    expect(JSON.stringify([refused, refused.message, String(refused.cause)])).not.toContain(SECRET);
  });

  it('may be of either name of the product', async () => {
    const node = await EsdbStandIn.start();
    expect(await refusal(node.url)).toBe('opened');
    expect(await refusal(node.url.replace('esdb://', 'kurrentdb://'))).toBe('opened');
    expect(await refusal(`kurrentdb+discover://localhost:${node.port}?tls=false`)).toBe('opened');
    await node.stop();
  });
});

describe('an event store is refused', () => {
  let secure: EsdbStandIn;
  let plain: EsdbStandIn;
  beforeAll(async () => {
    secure = await EsdbStandIn.start({ tls: true, credentials: { username: 'lacuna', password: SECRET } });
    plain = await EsdbStandIn.start();
  });
  afterAll(() => Promise.all([secure.stop(), plain.stop()]));

  it('with TLS and right credentials it is not', async () => {
    expect(await refusal(secure.url)).toBe('opened');
  });

  it.each<[string, () => string, string, string]>([
    [
      'whose TLS is not expected',
      () => `esdb://localhost:${secure.port}?tls=false`,
      'STORE_TLS_MISMATCH',
      'Remove tls=false',
    ],
    ['whose TLS is missing', () => `esdb://localhost:${plain.port}`, 'STORE_TLS_MISMATCH', 'tls=false'],
    [
      'whose certificate is not trusted',
      () => `esdb://u:p@localhost:${secure.port}`,
      'STORE_TLS_MISMATCH',
      'tlsCAFile',
    ],
    ['with the wrong password', () => secure.url.replace(SECRET, 'other'), 'STORE_ACCESS_DENIED', 'password'],
    [
      'without credentials',
      () => secure.url.replace(`lacuna:${SECRET}@`, ''),
      'STORE_ACCESS_DENIED',
      'password',
    ],
  ])('%s', async (_, address, code, fix) => {
    const refused = (await refusal(address())) as Refusal;
    expect(refused).toMatchObject({ code, nextStep: expect.stringContaining('LACUNA_EVENTSTORE_URL') });
    expect(refused.nextStep).toContain(fix);
    expect(`${refused.message} ${refused.nextStep}`).not.toContain(SECRET);
  });

  it('that nobody runs', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    const { port } = await new Promise<AddressInfo>((resolve) =>
      listener.on('listening', () => resolve(listener.address() as AddressInfo)),
    );
    await new Promise((resolve) => listener.close(resolve));
    for (const address of [
      `esdb://127.0.0.1:${port}?tls=false`,
      `esdb+discover://127.0.0.1:${port}?maxDiscoverAttempts=1`,
    ])
      expect(await refusal(address)).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        nextStep: expect.stringContaining('LACUNA_EVENTSTORE_URL'),
      });
  });

  it('that has no leader', async () => {
    plain.role = 'electing';
    expect(await refusal(plain.url)).toMatchObject({
      code: 'STORE_NOT_LEADER',
      nextStep: expect.stringContaining('LACUNA_EVENTSTORE_URL'),
    });
    plain.role = 'leader';
  });

  it.each(['20.10.2', '21.10.0'])('of version %s', async (version) => {
    const old = await EsdbStandIn.start({ version });
    expect(await refusal(old.url)).toMatchObject({
      code: 'STORE_VERSION_TOO_OLD',
      facts: { oldest: '22.10' },
      nextStep: expect.stringContaining('LACUNA_EVENTSTORE_URL'),
    });
    await old.stop();
  });
});
