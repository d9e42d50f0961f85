import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { SqliteEventStore } from '#stages/event-store';
import { FaultyWire } from './faulty-wire.js';
import { calls } from './refusals.js';
import { ServerLog } from './server-log.js';
import type { StaleLog } from './stale-log.js';
import { StreamCalls, type AnyCall, type Gate, type ReadableLog } from './stream-calls.js';

export interface StandInOptions {
  /** Stamps the events. */
  readonly now?: () => string;
  /** Of another stand-in: then both are nodes of one cluster. */
  readonly log?: ServerLog;
  readonly tls?: boolean;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly version?: string;
  readonly maxAppendSize?: number;
}

/**
 * What becomes of an append: written and answered; written and never answered; written and the connection broken before the answer;
 * not written and never answered; or answered with the server's own time-out, written or not.
 */
export type AppendFate =
  | 'answered'
  | 'written, unanswered'
  | 'written, connection lost'
  | 'written, timed out'
  | 'timed out'
  | 'unanswered';

const TLS = path.join(import.meta.dirname, '..', 'tls');
/** The first version that says of a read that it gives positions. */
const POSITIONS_SINCE = 22.1;

/**
 * Stands in for a node of EventStoreDB: speaks its protocol over gRPC, answers and refuses as it does, and fails when it is told to.
 * What it cannot show is how fast the real one is, and how it elects, replicates and scavenges.
 *
 * @example
 * const node = await EsdbStandIn.start();
 * const events = await EsdbEventStore.open(node.url);
 */
export class EsdbStandIn implements Gate {
  /** Where the node stands; followers refuse what asks for the leader. */
  role: 'leader' | 'electing' | { readonly leader: EsdbStandIn } = 'leader';
  /** Set: it fell behind, reads show the log as it was, and nothing that is appended to it is ever agreed on. */
  behind: StaleLog | undefined;
  /** Milliseconds before every answer. */
  delay = 0;
  /** What becomes of the next appends, tombstones included; then all are answered. */
  readonly fates: AppendFate[] = [];
  /** Nodes that gossip names. */
  cluster: readonly EsdbStandIn[] = [this];
  /** Events that were sent to anybody. */
  eventsSent = 0;
  readonly maxAppendSize: number;

  private constructor(
    readonly log: ServerLog,
    readonly wire: FaultyWire,
    private readonly server: Server,
    private readonly options: StandInOptions,
    private readonly ownLog: boolean,
  ) {
    this.maxAppendSize = options.maxAppendSize ?? 1_024 * 1_024;
  }

  static async start(options: StandInOptions = {}): Promise<EsdbStandIn> {
    const log = options.log ?? (await newLog(options.now));
    const server = new Server({ 'grpc.max_receive_message_length': 16 * 1_024 * 1_024 });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentialsOf(options), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    const wire = await FaultyWire.to(port);
    const node = new EsdbStandIn(log, wire, server, options, options.log === undefined);
    node.serve();
    return node;
  }

  get port(): number {
    return this.wire.port;
  }

  /** A connection string for this node alone. */
  get url(): string {
    const { tls, credentials } = this.options;
    const user = credentials === undefined ? '' : `${credentials.username}:${credentials.password}@`;
    const query = tls ? `tlsCAFile=${encodeURIComponent(path.join(TLS, 'localhost.crt'))}` : 'tls=false';
    return `esdb://${user}localhost:${this.port}?${query}`;
  }

  async stop(): Promise<void> {
    await this.wire.close();
    this.server.forceShutdown();
    if (this.ownLog) await this.log.close();
  }

  get seen(): ReadableLog {
    return this.behind ?? this.log;
  }

  async admit(call: AnyCall): Promise<void> {
    if (this.delay > 0) await pause(this.delay);
    const { credentials } = this.options;
    const [given] = call.metadata.get('authorization');
    if (credentials !== undefined) {
      const asked = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
      if (given === undefined) throw calls.accessDenied();
      if (given !== `Basic ${asked}`) throw calls.unauthenticated();
    }
    if (call.metadata.get('requires-leader')[0] !== 'true' || this.role === 'leader') return;
    if (this.role === 'electing') throw calls.noLeader();
    throw calls.notLeader({ host: 'localhost', port: this.role.leader.port });
  }

  async beforeAppend(): Promise<boolean> {
    if (this.behind !== undefined) throw calls.timeout();
    switch (this.fates[0]) {
      case 'unanswered':
        this.fates.shift();
        return false;
      case 'timed out':
        this.fates.shift();
        throw calls.timeout();
      default:
        return true;
    }
  }

  async afterAppend(): Promise<boolean> {
    switch (this.fates.shift()) {
      case 'written, unanswered':
        return false;
      case 'written, connection lost':
        this.wire.drop();
        return false;
      case 'written, timed out':
        throw calls.timeout();
      default:
        return true;
    }
  }

  sent(): void {
    this.eventsSent++;
  }

  private serve(): void {
    const { read, append, batchAppend, delete: remove, tombstone } = new StreamCalls(this.log, this);
    this.server.addService(streamsService.StreamsService, {
      read,
      append,
      batchAppend,
      delete: remove,
      tombstone,
    });
    this.server.addService(featuresService.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<SupportedMethods>) =>
        this.answerFeatures(answer),
    });
    this.server.addService(gossipService.GossipService, {
      read: (_: unknown, answer: sendUnaryData<ClusterInfo>) => answer(null, this.members()),
    });
  }

  private answerFeatures(answer: sendUnaryData<SupportedMethods>): void {
    const version = this.options.version ?? '24.10.0';
    if (version.startsWith('20')) return answer(calls.unimplemented());
    const supported = new features.SupportedMethods();
    supported.setEventStoreServerVersion(version);
    for (const name of ['read', 'append', 'batchappend', 'delete', 'tombstone']) {
      const method = supported.addMethods();
      method.setServiceName('event_store.client.streams.streams');
      method.setMethodName(name);
      if (name === 'read' && Number.parseFloat(version) >= POSITIONS_SINCE)
        method.setFeaturesList(['position', 'events']);
    }
    answer(null, supported);
  }

  private members(): ClusterInfo {
    const info = new gossip.ClusterInfo();
    for (const node of this.cluster) {
      const member = info.addMembers();
      const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
      member.setInstanceId(new shared.UUID().setString('00000000-0000-4000-8000-000000000000'));
      member.setTimeStamp('0');
      member.setIsAlive(true);
      member.setState(node.role === 'leader' ? LEADER : FOLLOWER);
      member.setHttpEndPoint(new gossip.EndPoint().setAddress('localhost').setPort(node.port));
    }
    return info;
  }
}

async function newLog(now?: () => string): Promise<ServerLog> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-esdb-'));
  const store = SqliteEventStore.open(path.join(folder, 'log.db'), { now });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  };
  const log = new ServerLog(store);
  await log.begin();
  return log;
}

function credentialsOf({ tls }: StandInOptions): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [
    {
      cert_chain: readFileSync(path.join(TLS, 'localhost.crt')),
      private_key: readFileSync(path.join(TLS, 'localhost.key')),
    },
  ]);
}
