import { AppendPipe, type Part } from './append-pipe.js';
import type { EsdbClient } from './esdb-client.js';
import type { EsdbSession } from './esdb-session.js';

/** Parts on their way without an answer, at most: bounds what a broken connection leaves in doubt, and what is held in memory. */
const IN_FLIGHT = 128;

/** Writes parts in order; after a failure of the connection those that have no answer yet, which the server tells from new ones. */
export class EsdbWriter {
  private readonly pipes = new WeakMap<EsdbClient, AppendPipe>();

  constructor(private readonly session: EsdbSession) {}

  /**
   * @param positions gets the position of each part that was written, by its index; also when this rejects
   * @throws what the first part failed of that was not written
   */
  async write(parts: readonly Part[], positions: (bigint | undefined)[]): Promise<void> {
    await this.session.run(async (client) => {
      const left = [...parts.keys()].filter((at) => positions[at] === undefined);
      await new Attempt(this.pipeOf(client), parts, positions).write(left);
    });
  }

  private pipeOf(client: EsdbClient): AppendPipe {
    let pipe = this.pipes.get(client);
    if (pipe === undefined) this.pipes.set(client, (pipe = new AppendPipe(client, this.session.deadline)));
    return pipe;
  }
}

class Attempt {
  private readonly answers: Promise<void>[] = [];
  private failed = false;

  constructor(
    private readonly pipe: AppendPipe,
    private readonly parts: readonly Part[],
    private readonly positions: (bigint | undefined)[],
  ) {}

  async write(indices: readonly number[]): Promise<void> {
    try {
      for (const at of indices) {
        if (this.failed) break; // what comes after must not be written before
        await this.send(at);
      }
    } finally {
      await Promise.allSettled(this.answers);
    }
    for (const answer of this.answers) await answer;
  }

  private async send(at: number): Promise<void> {
    const { answer } = await this.pipe.send(this.parts[at]);
    const noted = answer.then(
      (position) => {
        this.positions[at] = position;
      },
      (error: unknown) => {
        this.failed = true;
        throw error;
      },
    );
    noted.catch(() => undefined); // looked at in order, above
    const oldest = this.answers[this.answers.push(noted) - IN_FLIGHT];
    await oldest?.catch(() => undefined);
  }
}
