import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** The network between client and server: passes bytes on, until it is told to do worse. */
export class FaultyWire {
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();
  private readonly abandoned = new WeakSet<net.Socket>();
  private refusing = false;
  private stalled = false;
  private latency: () => number = () => 0;
  /** Connections that came, refused ones included. */
  connections = 0;

  private constructor(private target: number) {
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

  /** New connections go there: the server has come back elsewhere. */
  leadTo(target: number): void {
    this.target = target;
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
      else if (!this.abandoned.has(socket)) socket.resume();
  }

  /** Connections that there are stay open on both ends, and nothing comes through any of them again; new ones work. */
  abandon(): void {
    for (const socket of this.sockets) {
      this.abandoned.add(socket);
      socket.pause();
    }
  }

  /** Every piece waits for some milliseconds before it is passed on; pieces of one connection stay in order. */
  slow(latency: () => number): void {
    this.latency = latency;
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
      one.on('data', (bytes) => void this.pass(bytes, one, other));
      other.on('drain', () => this.go(one));
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      if (this.stalled) one.pause();
    }
  }
  private async pass(bytes: Buffer, from: net.Socket, to: net.Socket): Promise<void> {
    const latency = this.latency();
    if (latency > 0) {
      from.pause();
      await pause(latency);
    }
    const hasRoom = to.write(bytes);
    if (!hasRoom) from.pause();
    else if (latency > 0) this.go(from);
  }

  private go(socket: net.Socket): void {
    if (!this.stalled && !this.abandoned.has(socket)) socket.resume();
  }
}
