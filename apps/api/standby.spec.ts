import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/essentials';
import { openWhenFree } from './standby.js';

class Refused extends CodedError<'DATA_FOLDER_IN_USE' | 'VAULT_DAMAGED'> {}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a standby', () => {
  it('says that it is one while somebody else works in the folder, opens it when they have ended, and leaves the port free', async () => {
    const port = await freePort();
    let isTaken = true;
    let waits: () => void;
    const waiting = new Promise<void>((resolve) => (waits = resolve));
    const opened = openWhenFree(
      async () => {
        if (isTaken) throw new Refused('DATA_FOLDER_IN_USE', 'taken');
        return 'open';
      },
      { host: '127.0.0.1', port, onWaiting: () => waits() },
    );
    await waiting;
    const ask = (route: string) => fetch(`http://127.0.0.1:${port}${route}`);
    const [live, ready] = [await ask('/health/live'), await ask('/health/ready')];
    expect([live.status, ready.status, await ready.json()]).toEqual([
      200,
      503,
      { status: 'standby', missing: ['SERVER_STANDBY'] },
    ]);
    expect((await ask('/v1/requests')).status).toBe(503);
    isTaken = false;
    expect(await opened).toBe('open');
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('waits for nothing else', async () => {
    const open = () => Promise.reject(new Refused('VAULT_DAMAGED', 'broken'));
    const options = { host: '127.0.0.1', port: await freePort(), onWaiting: () => {} };
    await expect(openWhenFree(open, options)).rejects.toMatchObject({ code: 'VAULT_DAMAGED' });
  });

  it('ends when it is told to', async () => {
    const ending = new AbortController();
    const open = () => Promise.reject(new Refused('DATA_FOLDER_IN_USE', 'taken'));
    const onWaiting = () => ending.abort();
    const options = { host: '127.0.0.1', port: await freePort(), onWaiting, signal: ending.signal };
    await expect(openWhenFree(open, options)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
