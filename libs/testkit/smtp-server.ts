import { createServer, type Server, type Socket } from 'node:net';

/** A mail server that says what it is told to. */
export class SmtpServer {
  readonly heard: string[] = [];
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  /** @param answers by the first four letters of a command, instead of consent */
  async listen(answers: Readonly<Record<string, string>> = {}): Promise<number> {
    this.server = createServer((socket) => {
      this.sockets.add(socket.setEncoding('utf8'));
      let isData = false;
      socket.on('error', () => {});
      socket.write('220 mail.test ESMTP\r\n');
      socket.on('data', (chunk: string) => {
        for (const line of chunk.split('\r\n').filter((one) => one !== '')) {
          this.heard.push(line);
          const verb = line.slice(0, 4).toUpperCase();
          if (isData && line !== '.') continue;
          isData = verb === 'DATA';
          socket.write(`${answers[verb] ?? (isData ? '354 go on' : '250 fine')}\r\n`);
        }
      });
    });
    await new Promise<void>((ready) => this.server?.listen(0, '127.0.0.1', ready));
    return (this.server.address() as { port: number }).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server?.close();
  }
}
