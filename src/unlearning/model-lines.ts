import {
  keyNames,
  type Genesis,
  type ModelConfig,
  type ModelEvent,
  type ModelManifest,
} from '#libs/contracts';
import { evolveModelLine, servingVersion, type ModelLineState, type PublishedVersion } from '#libs/erasure';
import { checkGenesis, configDigest, createGenesis, genesisDigest, parseManifest } from '#libs/learning';
import type { HmacSha256 } from '#libs/essentials';
import { namedEventId, streamNames, type EventStore, type Vault } from '#libs/messaging';
import { isDataDependent, openPartition, type Partition } from '#libs/sharding';
import type { ModelFiles, ModelNotary } from './ports.js';
import { UnlearningError } from './unlearning-error.js';

export interface NewLine {
  readonly line: string;
  readonly config: ModelConfig;
  /** 32 random bytes. */
  readonly seed: Uint8Array;
  readonly createdAt: string;
}

/** Model lines as their events tell them. */
export class ModelLines {
  private known: string[] | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly vault: Vault,
    private readonly files: Pick<ModelFiles, 'get'>,
    private readonly notary: Pick<ModelNotary, 'genesis'>,
    /** SHA-256 of the training code of this build, hex (dist/code-digest.json). */
    private readonly codeDigest: string,
    private readonly hmac: HmacSha256,
  ) {}

  /**
   * Fixes seed, configuration, partition key and code of a line, in the ledger and in the log, before any record is used
   * (DESIGN §4.8). Starting the same line with the same configuration again changes nothing.
   * @throws UnlearningError LINE_EXISTS when the line was started with another configuration; PARTITION_BASELINE_ONLY
   */
  async start(newLine: NewLine): Promise<ModelLineState> {
    const state = (await this.find(newLine.line)) ?? (await this.begin(newLine));
    requireSameConfig(state, newLine.config);
    await this.notary.genesis(state.genesis);
    return state;
  }

  private async begin(newLine: NewLine): Promise<ModelLineState> {
    requireKeyedPartition(newLine.config);
    const partitionKey = this.vault.ensureKey(keyNames.partition(newLine.line));
    const genesis = createGenesis({ ...newLine, partitionKey, codeDigest: this.codeDigest });
    const data = { genesis, genesisDigest: genesisDigest(genesis) };
    await this.store.append(
      streamNames.model(newLine.line),
      [
        {
          id: namedEventId('ModelGenesis', newLine.line),
          type: 'ModelGenesis' satisfies ModelEvent['type'],
          data,
        },
      ],
      { expectedRevision: 'no-stream' },
    );
    this.known?.push(newLine.line);
    return this.get(newLine.line);
  }

  /** @throws UnlearningError LINE_UNKNOWN */
  async get(line: string): Promise<ModelLineState> {
    const state = await this.find(line);
    if (state === undefined)
      throw new UnlearningError('LINE_UNKNOWN', 'no model line of that name was started', {
        facts: { line },
        nextStep: 'Start it with `lacuna lines start`.',
      });
    return state;
  }

  async find(line: string): Promise<ModelLineState | undefined> {
    let state: ModelLineState | undefined;
    for await (const event of this.store.readStream(streamNames.model(line)))
      state = evolveModelLine(state, event as unknown as ModelEvent);
    return state;
  }

  /** Names of all lines, oldest first. The log is searched once; later lines are started here. */
  async names(): Promise<readonly string[]> {
    this.known ??= await this.search();
    return this.known;
  }

  /** Records what has become of a version, once. */
  async record(event: Exclude<ModelEvent, { type: 'ModelGenesis' }>): Promise<void> {
    const { line, version } = event.data;
    await this.store.append(streamNames.model(line), [
      { id: namedEventId(event.type, line, String(version)), ...event },
    ]);
  }

  /** The line that has published what a rebuild made, whichever line is in use. */
  async thatPublished(rebuildId: string): Promise<ModelLineState | undefined> {
    for (const name of await this.names()) {
      const state = await this.get(name);
      if (state.versions.some((version) => version.rebuildId === rebuildId)) return state;
    }
    return undefined;
  }

  private async search(): Promise<string[]> {
    const names: string[] = [];
    const filter = { types: ['ModelGenesis'], streamPrefixes: [streamNames.prefixes.model] };
    for await (const event of this.store.readAll({ filter }))
      names.push((event.data as { genesis: Genesis }).genesis.line);
    return names;
  }

  /** The manifest that serves now; undefined before the first training. */
  async servingManifest(state: ModelLineState): Promise<ModelManifest | undefined> {
    const serving = servingVersion(state);
    return serving && this.manifestOf(serving);
  }

  async manifestOf(version: Pick<PublishedVersion, 'manifestDigest'>): Promise<ModelManifest> {
    return parseManifest(await this.files.get(version.manifestDigest));
  }

  partition({ genesis }: ModelLineState): Partition {
    return openPartition(
      genesis.config.partition,
      this.vault.key(keyNames.partition(genesis.line)),
      this.hmac,
    );
  }

  /**
   * @throws UnlearningError GENESIS_MISMATCH when this build's code is not the one of the genesis
   * @throws LearningError GENESIS_… when its kernel or numeric profile is not
   */
  requireSameBuild({ genesis }: ModelLineState): void {
    checkGenesis(genesis);
    if (genesis.codeDigest === this.codeDigest) return;
    throw new UnlearningError('GENESIS_MISMATCH', 'the line was started with other training code', {
      facts: { line: genesis.line, genesis: genesis.codeDigest, build: this.codeDigest },
      nextStep:
        'Start a new line with `lacuna lines start` and train it, or run the version of Lacuna that started the line.',
    });
  }
}

/** Clusters have seen every record, also those deleted later: no line that serves is divided so. */
function requireKeyedPartition({ partition: { kind } }: ModelConfig): void {
  if (!isDataDependent(kind)) return;
  throw new UnlearningError(
    'PARTITION_BASELINE_ONLY',
    'a clustered partition looks at the data: it is a baseline',
    {
      facts: { partition: kind },
      nextStep: 'Measure it with `lacuna evaluate`; start a line of by-subject or by-record shards.',
    },
  );
}

function requireSameConfig({ genesis }: ModelLineState, config: ModelConfig): void {
  if (genesis.configDigest === configDigest(config)) return;
  throw new UnlearningError('LINE_EXISTS', 'the line was started with another configuration', {
    facts: { line: genesis.line },
    nextStep: 'A changed configuration needs a new line: choose another name.',
  });
}
