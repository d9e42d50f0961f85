import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { refusalOf } from '#libs/testkit';
import { checkOutboundUrl, isPublicAddress, OutboundHttp, type OutboundOptions } from './index.js';

describe('an address of the public Internet', () => {
  it.each(['93.184.215.14', '1.1.1.1', '2606:4700:4700::1111', '::ffff:93.184.215.14'])(
    'is %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['this network', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['private', '172.16.5.4'],
    ['private', '192.168.1.1'],
    ['shared', '100.64.0.1'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of most clouds', '169.254.169.254'],
    ['link-local', '169.254.0.1'],
    ['WireServer of Azure', '168.63.129.16'],
    ['documentation', '192.0.2.1'],
    ['benchmarking', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback', '::1'],
    ['unspecified', '::'],
    ['unique local', 'fc00::1'],
    ['metadata of AWS', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['mapped metadata', '::ffff:169.254.169.254'],
    ['compatible loopback', '::127.0.0.1'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:7f00:1::'],
    ['no address', 'example.org'],
    ['no address', ''],
  ])('is not %s, %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('a URL to send to', () => {
  it.each([
    ['ftp://example.org/', 'OUTBOUND_URL_MALFORMED'],
    ['file:///etc/passwd', 'OUTBOUND_URL_MALFORMED'],
    ['https://user:password@example.org/', 'OUTBOUND_URL_MALFORMED'],
    ['https://example.org/#part', 'OUTBOUND_URL_MALFORMED'],
    [`https://example.org/${'a'.repeat(2_048)}`, 'OUTBOUND_URL_MALFORMED'],
    ['example.org', 'OUTBOUND_URL_MALFORMED'],
    ['http://example.org/', 'OUTBOUND_URL_NOT_HTTPS'],
    ['https://127.0.0.1/', 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
    ['https://2130706433/', 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
    ['https://0x7f.1/', 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
    ['https://017700000001/', 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
    ['https://[::ffff:127.0.0.1]/', 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
    ['https://169.254.169.254/latest/meta-data/', 'OUTBOUND_ADDRESS_NOT_PUBLIC'],
  ])('is not %s', (url, code) => {
    expect(refusalOf(() => checkOutboundUrl(url))).toBe(code);
  });

  it('may be of this network where the operator allows it', () => {
    const policy = { allowHttp: true, allowPrivateAddresses: true };
    expect(checkOutboundUrl('http://127.0.0.1:8080/hook?x=1', policy).host).toBe('127.0.0.1:8080');
    expect(checkOutboundUrl('https://example.org/hook').hostname).toBe('example.org');
  });
});

const LOCAL = { allowHttp: true, allowPrivateAddresses: true };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** @returns the port */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.address() as { port: number }).port;
}

const post = (url: string, options: OutboundOptions) =>
  new OutboundHttp(options).post({ url, headers: { 'content-type': 'application/json' }, body: '{"ä":1}' });

describe('sending', () => {
  it('posts the body under the name of the host, and reads the answer', async () => {
    const heard: unknown[] = [];
    const port = await serve((request, response) => {
      const { method, url, headers } = request;
      request.on('data', (chunk: Buffer) => heard.push([method, url, headers.host, chunk.toString('utf8')]));
      request.on('end', () => response.writeHead(503, { 'retry-after': '120' }).end('later'));
    });
    const resolve = async () => ['127.0.0.1'];
    expect(await post(`http://partner.test:${port}/hook?a=b`, { policy: LOCAL, resolve })).toEqual({
      status: 503,
      retryAfter: 120,
      body: 'later',
    });
    expect(heard).toEqual([['POST', '/hook?a=b', `partner.test:${port}`, '{"ä":1}']]);
  });

  it('connects to the address that was checked, though the name stands for another one a moment later', async () => {
    let hits = 0;
    const port = await serve((_, response) => {
      hits++;
      response.end();
    });
    const answers = [['192.0.2.77'], ['127.0.0.1']]; // what a rebinding name server says first, and then
    let asked = 0;
    const resolve = async () => answers[asked++];
    const options = { policy: LOCAL, resolve, timeout: 300 };
    expect(await post(`http://rebind.test:${port}/`, options)).toMatchObject({ failure: expect.any(String) });
    expect([asked, hits]).toEqual([1, 0]);
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['a public and a private address', ['93.184.215.14', '127.0.0.1']],
    ['a mapped address', ['::ffff:169.254.169.254']],
  ])('refuses a name that stands for %s', async (_, addresses) => {
    const answer = await post('https://partner.test/', { resolve: async () => addresses });
    expect(answer).toEqual({ failure: 'ADDRESS_NOT_PUBLIC' });
  });

  it('refuses localhost as the system resolves it', async () => {
    expect(await post('https://localhost/', {})).toEqual({ failure: 'ADDRESS_NOT_PUBLIC' });
  });

  it('follows no redirect', async () => {
    let hits = 0;
    const port = await serve((_, response) => {
      hits++;
      response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    });
    expect(await post(`http://127.0.0.1:${port}/`, { policy: LOCAL })).toMatchObject({ status: 307 });
    expect(hits).toBe(1);
  });

  it('reads no more of an answer than it needs', async () => {
    const port = await serve((_, response) => response.end('x'.repeat(100_000)));
    expect(await post(`http://127.0.0.1:${port}/`, { policy: LOCAL })).toEqual({
      failure: 'ANSWER_TOO_LARGE',
    });
  });

  it('does not wait for ever: for the name, for the answer, for its end', async () => {
    const silent = await serve(() => {});
    const dripping = await serve((_, response) => void response.write('a'));
    const options = { policy: LOCAL, timeout: 200 };
    const never = () => new Promise<never>(() => {});
    expect(await post(`http://127.0.0.1:${silent}/`, options)).toEqual({ failure: 'TOO_SLOW' });
    expect(await post(`http://127.0.0.1:${dripping}/`, options)).toEqual({ failure: 'TOO_SLOW' });
    expect(await post('http://slow.test/', { ...options, resolve: never })).toEqual({ failure: 'TOO_SLOW' });
  });

  it('tells a name that is not there from a host that is not', async () => {
    const nowhere = async () => Promise.reject(new Error('ENOTFOUND'));
    expect(await post('https://partner.test/', { resolve: nowhere })).toEqual({ failure: 'NAME_NOT_FOUND' });
    expect(await post('http://127.0.0.1:1/', { policy: LOCAL })).toEqual({ failure: 'UNREACHABLE' });
    expect(await post('http://127.0.0.1/', {})).toEqual({ failure: 'OUTBOUND_URL_REFUSED' });
  });
});
