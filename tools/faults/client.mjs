// Speaks to the server over HTTP, and writes into the journal what it is told, and nothing that it is not.
const PATIENCE = 30_000; // ms

/** The server could not be asked, or the answer was cut off: nobody knows whether it was done. */
export class CutOff extends Error {}

/** The server answered what it should not have. */
export class WrongAnswer extends Error {}

/** Gives up after a while, also where a connection is neither answered nor closed. @throws CutOff */
async function patiently(what, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new CutOff(`${what} was not answered`)), PATIENCE);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (cause) {
    if (cause instanceof WrongAnswer) throw cause;
    throw new CutOff(`${what} was cut off`, { cause });
  } finally {
    globalThis.clearTimeout(timer);
  }
}

export class Client {
  constructor(url, tokens, journal) {
    Object.assign(this, { url, tokens, journal });
  }

  /** @throws CutOff */
  call(role, method, route, body, type = 'application/json') {
    return patiently(`${method} ${route}`, async () => {
      const answer = await globalThis.fetch(this.url + route, {
        method,
        headers: {
          ...(role !== undefined && { authorization: `Bearer ${this.tokens[role]}` }),
          ...(body !== undefined && { 'content-type': type }),
        },
        body,
      });
      return { status: answer.status, text: await answer.text() };
    });
  }

  async json(role, method, route, body) {
    const { status, text } = await this.call(role, method, route, body && JSON.stringify(body));
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Sends interactions as NDJSON; each line of the answer that arrives counts, however the rest ends. @throws CutOff */
  ingest(entries) {
    this.journal.sends(entries);
    return patiently('an ingest', async () => {
      const answer = await globalThis.fetch(`${this.url}/v1/interactions/bulk`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.tokens.ingest}`,
          'content-type': 'application/x-ndjson',
        },
        body: entries.map((entry) => JSON.stringify(entry)).join('\n'),
      });
      await this.#hearAll(answer.body, entries);
    });
  }

  async #hearAll(body, entries) {
    const decoder = new globalThis.TextDecoder();
    let text = '';
    for await (const piece of body) {
      text += decoder.decode(piece, { stream: true });
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines) this.#hear(entries, JSON.parse(line));
    }
  }

  #hear(entries, { line, summary, error, ...result }) {
    if (line !== undefined) this.journal.answered(entries[line - 1], result);
    else if (summary === undefined && error === undefined) throw new WrongAnswer('a line of no meaning');
    if (error !== undefined) this.lastError = error.code;
  }

  /** Asks for a withdrawal of a category, or an erasure; may be repeated. @throws CutOff */
  async request({ requestId, kind, ext, category }) {
    const { journal } = this;
    journal.asks({ requestId, kind, ext, ...(category && { category }) });
    const [route, scope] =
      kind === 'erasure'
        ? ['/v1/requests/erasures', {}]
        : ['/v1/requests/withdrawals', { categories: [category] }];
    const { status, body } = await this.json('dpo', 'POST', route, { requestId, subject: ext, ...scope });
    if (status === 202) journal.taken(requestId);
    else if (status >= 500) throw new CutOff(`a request was answered with ${status} ${body?.code}`);
    else journal.refused(requestId, body?.code);
    return body;
  }

  /** Looks at the ledger as anybody may. @throws CutOff */
  async lookAtLedger() {
    const { status, text } = await this.call(undefined, 'GET', '/ledger/checkpoint');
    if (status === 200) this.journal.checkpoints.add(text);
  }

  /** @returns the state of a request */
  async stateOf(requestId) {
    const { status, body } = await this.json('dpo', 'GET', `/v1/requests/${requestId}`);
    if (status !== 200)
      throw new WrongAnswer(`request ${requestId} was answered with ${status} ${body?.code}`);
    return body;
  }
}
