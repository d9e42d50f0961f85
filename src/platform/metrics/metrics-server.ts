import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Meters } from './meters.js';

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** `GET /metrics` on an address of its own, which is not the one that the world can reach (docs/decisions/0046). */
export class MetricsServer {
  private constructor(private readonly server: Server) {}

  /** @throws the system's error, such as EADDRINUSE */
  static async listen(
    meters: Pick<Meters, 'text' | 'contentType'>,
    address: Address,
  ): Promise<MetricsServer> {
    const server = createServer((request, response) => void answer(meters, request, response));
    server.listen(address.port, address.host);
    await once(server, 'listening');
    return new MetricsServer(server);
  }

  get url(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

async function answer(
  meters: Pick<Meters, 'text' | 'contentType'>,
  { method, url }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' || url !== '/metrics') {
    response.statusCode = 404;
    response.end();
    return;
  }
  try {
    const text = await meters.text();
    response.setHeader('Content-Type', meters.contentType);
    response.end(text);
  } catch {
    response.statusCode = 500;
    response.end();
  }
}
