import path from 'node:path';
import { equalBytes, sha256, toHex, utf8 } from '#libs/essentials';
import {
  cosign,
  formatNote,
  formatVkey,
  namesKey,
  parseNote,
  type NoteKey,
  type VerifySignature,
} from '#libs/merkle';
import {
  parseAddCheckpoint,
  refuseStranger,
  WitnessingError,
  type ParsedAddCheckpoint,
  type WitnessRefusal,
} from '#libs/witnessing';
import { GroupCommit } from '#platform/group-commit';
import { RateLimit, type RateLimitOptions } from '#platform/rate-limit';
import { WitnessError } from './witness-error.js';
import { createWitnessKey, readWitnessKey, type WitnessIdentity } from './witness-key.js';
import { WitnessStore, type Asked, type Recorded } from './witness-store.js';

const DATABASE = 'witness.db';

export interface WitnessOptions {
  readonly folder: string;
  /** Keys of the logs it watches; several of one name while a log changes its key. */
  readonly logs: readonly NoteKey[];
  /** Of each log. */
  readonly limit?: RateLimitOptions;
  readonly verify?: VerifySignature;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What a witness answers: its signature lines, or why not. */
export type WitnessAnswer =
  | { readonly status: 200; readonly lines: string; readonly origin: string; readonly size: number }
  | (WitnessRefusal & { readonly origin?: string })
  | { readonly status: 400 | 413; readonly code: string }
  | { readonly status: 429; readonly code: 'LOG_ASKS_TOO_OFTEN'; readonly origin: string };

export const DEFAULT_LIMIT: RateLimitOptions = { rate: 20, burst: 100 };
const BATCHES = { maxItems: 512, delay: 0 };

/** Makes the folder of a new witness: its key, and the record of what it cosigned. @throws WitnessError WITNESS_EXISTS */
export async function createWitness(folder: string, name: string): Promise<NoteKey> {
  const { key } = await createWitnessKey(folder, name);
  WitnessStore.create(path.join(folder, DATABASE), formatVkey(key)).close();
  return key;
}

/** Who the witness of a folder is, and what it has cosigned. @throws WitnessError WITNESS_KEY_…, WITNESS_STATE_… */
export async function describeWitness(folder: string): Promise<{ key: NoteKey; recorded: Recorded[] }> {
  const { key } = await readWitnessKey(folder);
  const store = WitnessStore.open(path.join(folder, DATABASE), formatVkey(key));
  try {
    return { key, recorded: store.all() };
  } finally {
    store.close();
  }
}

/** A witness (C2SP tlog-witness): cosigns checkpoints that continue what it has seen of a log, and nothing else. */
export class Witness {
  private readonly commits: GroupCommit<Asked, Recorded | WitnessRefusal>;
  private readonly limit: RateLimit;
  private readonly logs: ReadonlyMap<string, readonly NoteKey[]>;
  private readonly originOfHash: ReadonlyMap<string, string>;

  private constructor(
    private readonly identity: WitnessIdentity,
    private readonly store: WitnessStore,
    private readonly options: WitnessOptions,
  ) {
    const { now = Date.now } = options;
    this.commits = new GroupCommit(
      async (asked) => this.store.advance(asked, Math.floor(now() / 1000)),
      BATCHES,
    );
    this.limit = new RateLimit(options.limit ?? DEFAULT_LIMIT);
    this.logs = byName(options.logs);
    this.originOfHash = new Map([...this.logs.keys()].map((origin) => [toHex(sha256(utf8(origin))), origin]));
  }

  /** @throws WitnessError WITNESS_LOGS_MISSING, WITNESS_LOG_IS_WITNESS, WITNESS_KEY_…, WITNESS_STATE_… */
  static async open(options: WitnessOptions): Promise<Witness> {
    const identity = await readWitnessKey(options.folder);
    checkLogs(options.logs, identity);
    const store = WitnessStore.open(path.join(options.folder, DATABASE), formatVkey(identity.key));
    return new Witness(identity, store, options);
  }

  get key(): NoteKey {
    return this.identity.key;
  }

  /**
   * Answers an add-checkpoint request. The rate counts only what a log has signed: otherwise anybody could use up what is its own.
   *
   * @throws WitnessError WITNESS_CLOCK_BEHIND, WITNESS_STATE_…; nothing was cosigned then
   */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const request = readRequest(body);
    if ('status' in request) return request;
    const { origin } = request.checkpoint;
    const keys = this.logs.get(origin) ?? [];
    const stranger = refuseStranger(request, keys, this.options.verify);
    if (stranger !== undefined) return keys.length === 0 ? stranger : { ...stranger, origin };
    if (!this.limit.take(origin, performance.now()))
      return { status: 429, code: 'LOG_ASKS_TOO_OFTEN', origin };
    const decided = await this.commits.add({ request, note: noteOf(request, keys) });
    if ('status' in decided) return { ...decided, origin };
    return { status: 200, lines: this.cosignature(decided), origin, size: decided.size };
  }

  /** The checkpoint cosigned last of the log whose origin has this SHA-256 in hexadecimal, with the cosignature. */
  latest(originHash: string): string | undefined {
    const origin = this.originOfHash.get(originHash);
    const recorded = origin === undefined ? undefined : this.store.find(origin);
    return recorded && recorded.note + this.cosignature(recorded);
  }

  /** Throws when it could not cosign now. @throws WitnessError WITNESS_CLOCK_BEHIND, WITNESS_STATE_… */
  async checkHealth(): Promise<void> {
    this.store.advance([], Math.floor((this.options.now ?? Date.now)() / 1000));
  }

  /** Lets what is being decided be answered, then closes. */
  async close(): Promise<void> {
    await this.commits.idle();
    this.store.close();
  }

  /** Ed25519 signatures are deterministic (RFC 8032), so the line of a recorded checkpoint is always the same. */
  private cosignature({ note, cosignedAt }: Recorded): string {
    const { key, signer } = this.identity;
    return cosign(parseNote(utf8(note)).text, cosignedAt, key.name, signer);
  }
}

function readRequest(body: Uint8Array): ParsedAddCheckpoint | WitnessAnswer {
  try {
    return parseAddCheckpoint(body);
  } catch (cause) {
    if (!(cause instanceof WitnessingError)) throw cause;
    return { status: cause.code === 'ADD_CHECKPOINT_TOO_LARGE' ? 413 : 400, code: cause.code };
  }
}

/** The checkpoint as its log signed it, without what others may have added. */
function noteOf({ note: { text, signatures } }: ParsedAddCheckpoint, keys: readonly NoteKey[]): string {
  return formatNote({
    text,
    signatures: signatures.filter((signature) => keys.some((key) => namesKey(signature, key))),
  });
}

function byName(keys: readonly NoteKey[]): ReadonlyMap<string, readonly NoteKey[]> {
  const logs = new Map<string, NoteKey[]>();
  for (const key of keys) logs.set(key.name, [...(logs.get(key.name) ?? []), key]);
  return logs;
}

function checkLogs(logs: readonly NoteKey[], { key }: WitnessIdentity): void {
  if (logs.length === 0)
    throw new WitnessError('WITNESS_LOGS_MISSING', 'the witness was told of no log', {
      nextStep: 'Name the vkey of each log it is to watch, or a file that holds them: --log.',
    });
  const itself = logs.find(({ publicKey }) => equalBytes(publicKey, key.publicKey));
  if (itself !== undefined)
    throw new WitnessError('WITNESS_LOG_IS_WITNESS', 'a log cannot be its own witness', {
      facts: { log: itself.name },
      nextStep: 'Make a witness with a key of its own, best on a machine of somebody else.',
    });
}
