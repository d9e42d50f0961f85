import { readFileSync } from 'node:fs';
import { EventStoreDBClient } from '@eventstore/db-client';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type {
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';
import { malformed, type EsdbAddress, type FileOption } from './esdb-address.js';

const LEADER = { requiresLeader: true } as const;

/**
 * The client, with what it keeps for its own: the calls beneath its methods. Its `readAll` has no filter, though the server has; and its
 * batch append loses answers when a connection breaks (docs/decisions/0033). Connecting, finding the leader, TLS and credentials stay its.
 *
 * Every call asks for the leader, so that what was written is there to be read.
 */
export class EsdbClient extends EventStoreDBClient {
  /** @throws EventStoreError STORE_ADDRESS_MALFORMED when a file that the address names cannot be read */
  static of(address: EsdbAddress): EsdbClient {
    const { hosts, discover, numbers, connectionName = 'lacuna' } = address;
    const options = { ...numbers, connectionName };
    const channel = {
      insecure: !address.tls,
      rootCertificate: contentOf(address, 'tlsCAFile'),
      userCertFile: contentOf(address, 'userCertFile'),
      userKeyFile: contentOf(address, 'userKeyFile'),
    };
    const credentials = address.tls ? address.credentials : undefined; // they never go out in the clear
    if (discover) return new EsdbClient({ ...options, discover: hosts[0] }, channel, credentials);
    if (hosts.length > 1) return new EsdbClient({ ...options, endpoints: [...hosts] }, channel, credentials);
    return new EsdbClient({ ...options, endpoint: hosts[0] }, channel, credentials);
  }

  /** A read has no deadline: a filtered one may look at the whole log before it finds something. Keep-alive notices a dead connection. */
  read(request: ReadReq): Promise<ClientReadableStream<ReadResp>> {
    return this.GRPCStreamCreator(streamsService.StreamsClient, 'read', (client) =>
      client.read(request, ...this.callArguments(LEADER, { deadline: Infinity })),
    )();
  }

  openAppends(): Promise<ClientDuplexStream<BatchAppendReq, BatchAppendResp>> {
    return this.GRPCStreamCreator(streamsService.StreamsClient, 'batchAppend', (client) =>
      client.batchAppend(...this.callArguments(LEADER, { deadline: Infinity })),
    )();
  }

  /** Of the server: its version, and whether it gives positions with what it reads from a stream. */
  async server(): Promise<{ readonly version: string; readonly positions: boolean }> {
    const features = await this.capabilities;
    return {
      version: features.serverVersion,
      positions: features.supports(streamsService.StreamsService.read, 'position'),
    };
  }

  /** Ends what runs and closes the connection, which `dispose` alone leaves open. */
  async end(): Promise<void> {
    await this.dispose();
    await this.getChannel().then(
      (channel) => channel.close(),
      () => undefined, // never connected
    );
  }
}

function contentOf({ files }: EsdbAddress, option: FileOption): Buffer | undefined {
  const file = files[option];
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } catch {
    throw malformed(`names a file under ${option} that cannot be read`);
  }
}
