import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

/** The network between client and server: passes bytes on, until it is told to do worse. */
export class FaultyWire {
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();
  private refusing = false;
  private stalled = false;
  /** Connections that came, refused ones included. */
  connections = 0;

  private constructor(private readonly target: number) {
    this.server = net.createServer((socket) => this.connect(socket));
  }

  static async to(target: number, port = 0): Promise<FaultyWire> {
    const wire = new FaultyWire(target);
    wire.server.listen(port, '127.0.0.1');
    await once(wire.server, 'listening');
    return wire;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Breaks every connection there is. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** While it is so, every connection is broken at once. */
  refuse(refusing: boolean): void {
    this.refusing = refusing;
    if (refusing) this.drop();
  }

  /** Half-open: connections stay, and nothing comes through. */
  stall(stalled: boolean): void {
    this.stalled = stalled;
    for (const socket of this.sockets)
      if (stalled) socket.pause();
      else socket.resume();
  }

  async close(): Promise<void> {
    this.drop();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(client: net.Socket): void {
    this.connections++;
    if (this.refusing) {
      client.destroy();
      return;
    }
    const upstream = net.connect(this.target, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('data', (bytes) => {
        if (!other.write(bytes)) one.pause();
      });
      other.on('drain', () => {
        if (!this.stalled) one.resume();
      });
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      if (this.stalled) one.pause();
    }
  }
}
