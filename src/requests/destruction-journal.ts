import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { DataOf, RequestEvent } from '#libs/contracts';
import { evolveRequest, isClosed, isDestructive, type RequestState } from '#libs/erasure';
import { streamNames, type EventStore, type NewEvent, type RecordedEvent } from '#libs/messaging';
import { FILE_MODE, syncFolder } from '#platform/files';
import path from 'node:path';
import type { DestructionRecord } from './ports.js';
import { JournalError } from './journal-error.js';

/** The events of one request, as the log has them: pseudonyms, keyed labels, key names, times; what is personal in them is sealed. */
export interface JournalledRequest {
  readonly requestId: string;
  readonly history: readonly NewEvent[];
}

interface JournalHead {
  readonly schema: 'urn:lacuna:destructions:v1';
  readonly installation: string;
}

const SCHEMA = 'urn:lacuna:destructions:v1';

/**
 * What was put out of use and destroyed, kept apart from the installation, so that restoring an old backup of it undoes none of it: one JSON
 * object a line, first the installation, then requests, each as far as it has come; of two lines about a request the longer counts. Lines are
 * only ever added, so the file can be copied while it grows.
 */
export class DestructionJournal implements DestructionRecord {
  private constructor(
    private readonly file: string,
    private readonly store: Pick<EventStore, 'readAll' | 'readStream'>,
    /** Events on record of each request. */
    private readonly recorded: Map<string, number>,
  ) {}

  /**
   * Opens a journal or begins it.
   * @throws JournalError DESTRUCTIONS_OF_ANOTHER_INSTALLATION, DESTRUCTIONS_MALFORMED
   */
  static async open(
    file: string,
    installation: string,
    store: Pick<EventStore, 'readAll' | 'readStream'>,
  ): Promise<DestructionJournal> {
    const requests = existsSync(file) ? await readJournal(file, installation) : [];
    if (!existsSync(file)) {
      const head: JournalHead = { schema: SCHEMA, installation };
      await addLines(file, [head]);
      await syncFolder(path.dirname(path.resolve(file)));
    }
    const counts = requests.map(({ requestId, history }) => [requestId, history.length] as const);
    return new DestructionJournal(file, store, new Map(counts));
  }

  /** Records how far a request has come; durable when it resolves. */
  async record(requestId: string): Promise<void> {
    const history: NewEvent[] = [];
    for await (const event of this.store.readStream(streamNames.request(requestId)))
      history.push(journalled(event));
    await this.add([{ requestId, history }]);
  }

  /** The same, where the environment names a file; with everything that is not on record there yet. */
  static async openNamed(
    file: string | undefined,
    installation: string,
    store: Pick<EventStore, 'readAll' | 'readStream'>,
  ): Promise<DestructionJournal | undefined> {
    if (file === undefined) return undefined;
    const journal = await DestructionJournal.open(file, installation, store);
    await journal.catchUp();
    return journal;
  }

  /** Records everything that is not on record yet. @returns how many requests had news */
  async catchUp(): Promise<number> {
    const histories = new Map<string, NewEvent[]>();
    const filter = { streamPrefixes: [streamNames.prefixes.request] };
    for await (const event of this.store.readAll({ filter })) {
      const { requestId } = event.data as { readonly requestId: string };
      histories.set(requestId, [...(histories.get(requestId) ?? []), journalled(event)]);
    }
    const requests = [...histories].map(([requestId, history]) => ({ requestId, history }));
    return this.add(requests.filter(({ history }) => isJournalled(stateOf(history))));
  }

  private async add(requests: readonly JournalledRequest[]): Promise<number> {
    const news = requests.filter(
      ({ requestId, history }) => history.length > (this.recorded.get(requestId) ?? 0),
    );
    if (news.length === 0) return 0;
    await addLines(this.file, news);
    for (const { requestId, history } of news) this.recorded.set(requestId, history.length);
    return news.length;
  }
}

/** From when its records are out of use until for ever. */
function isJournalled(state: RequestState | undefined): boolean {
  return (
    state !== undefined &&
    isDestructive(state.kind) &&
    !['submitted', 'verified', 'accepted'].includes(state.status)
  );
}

/**
 * @throws JournalError DESTRUCTIONS_MISSING, DESTRUCTIONS_MALFORMED, DESTRUCTIONS_OF_ANOTHER_INSTALLATION
 */
export async function readJournal(file: string, installation: string): Promise<JournalledRequest[]> {
  const [head, ...lines] = await linesOf(file);
  const { schema, installation: whose } = (head ?? {}) as Partial<JournalHead>;
  if (schema !== SCHEMA) throw malformedJournal();
  if (whose !== installation)
    throw new JournalError(
      'DESTRUCTIONS_OF_ANOTHER_INSTALLATION',
      'the journal tells of another installation',
      {
        facts: { journal: whose, installation },
        nextStep: 'Give the journal of the installation that the backup is of.',
      },
    );
  const requests = new Map<string, JournalledRequest>();
  for (const line of lines as Partial<JournalledRequest>[]) {
    const { requestId, history } = line;
    if (typeof requestId !== 'string' || !Array.isArray(history) || stateOf(history)?.requestId !== requestId)
      throw malformedJournal();
    if (history.length > (requests.get(requestId)?.history.length ?? 0))
      requests.set(requestId, { requestId, history });
  }
  return [...requests.values()];
}

/** What a request has become by these events. */
export function stateOf(history: readonly NewEvent[]): RequestState | undefined {
  return history.reduce<RequestState | undefined>(
    (state, event) => evolveRequest(state, event as RequestEvent),
    undefined,
  );
}

/** What was destroyed for a request that is certified; undefined for one that is not, and is worked again. */
export function destructionOf({ history }: JournalledRequest):
  | {
      readonly erased: DataOf<'RecordsErased'>;
      readonly keys: DataOf<'KeyDestroyed'>;
      readonly ledgerIndex: number;
    }
  | undefined {
  const find = <T extends RequestEvent['type']>(type: T): DataOf<T> | undefined =>
    history.find((event) => event.type === type)?.data as DataOf<T> | undefined;
  const [erased, keys, certified] = [find('RecordsErased'), find('KeyDestroyed'), find('CertificateIssued')];
  if (erased === undefined || keys === undefined || certified === undefined) return undefined;
  return { erased, keys, ledgerIndex: certified.ledgerIndex };
}

/** Whether anything is still to be done for a request. */
export function isOpen({ history }: JournalledRequest): boolean {
  const state = stateOf(history);
  return state !== undefined && !isClosed(state);
}

function journalled({ id, type, data, metadata }: RecordedEvent): NewEvent {
  return { id, type, data: data, metadata };
}

/** A line that a crash cut short is the last one, and was not acknowledged. */
async function linesOf(file: string): Promise<unknown[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new JournalError('DESTRUCTIONS_MISSING', 'the journal of destructions cannot be read', {
      facts: { reason: (cause as NodeJS.ErrnoException).code },
      nextStep: 'Name the newest copy of the journal with --destructions.',
      cause,
    });
  }
  const lines = text.split('\n');
  if (lines.pop() !== '') throw malformedJournal('its last line is cut short: copy it again');
  try {
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch (cause) {
    throw malformedJournal(undefined, cause);
  }
}

async function addLines(file: string, lines: readonly object[]): Promise<void> {
  const handle = await open(file, 'a', FILE_MODE.private);
  try {
    await handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function malformedJournal(what = 'a line of it is not what lacuna writes', cause?: unknown): JournalError {
  return new JournalError('DESTRUCTIONS_MALFORMED', `the journal of destructions cannot be used: ${what}`, {
    nextStep: 'Give another copy of it; without it nobody knows whom the backup would bring back.',
    cause,
  });
}
