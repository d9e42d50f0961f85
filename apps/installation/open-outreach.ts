import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keyNames } from '#libs/contracts';
import { OutboundHttp } from '#platform/outbound';
import { AutomaticLetters } from '#stages/letters';
import { RegisterDesk } from '#stages/register';
import {
  CALLBACK_QUEUE,
  callbackCarrier,
  ConsentExport,
  DataRights,
  DrpTokens,
  OpenDsr,
  OpenDsrSigner,
  ResultLinks,
  StandardsBook,
  StatusCallbacks,
} from '#stages/standards';
import type { Closers } from './closers.js';
import type { Deliveries } from './open-outbox.js';
import type { Requests } from './open-requests.js';
import type { Stores } from './open-stores.js';
import { protocolExports, protocolRequests } from './ports.js';

const OPENDSR = { certificate: 'opendsr-certificate.pem', key: 'opendsr-key.pem' };

/** What is said to people, to their controllers and agents, and to the authority. */
export interface Outreach {
  readonly register: RegisterDesk;
  readonly openDsr: OpenDsr;
  readonly dataRights: DataRights;
  readonly resultLinks: ResultLinks;
  readonly consentExport: ConsentExport;
  /** Writes letters and callbacks by itself, and delivers what waits, from now on. */
  startDelivering(): void;
  /** Writes and delivers what is due, once, for processes that end soon. */
  deliverNow(): Promise<void>;
}

/** @throws StandardsError OPENDSR_SIGNER_UNUSABLE */
export async function openOutreach(
  stores: Stores,
  deliveries: Deliveries,
  requests: Requests,
  portalUrl: string,
  closers: Closers,
): Promise<Outreach> {
  const { store, vault, settings, folder, clock, now } = stores;
  const { outbox, courier } = deliveries;
  const policy = settings.recipients ?? {};
  const milliseconds = (): number => clock().getTime();
  const book = await StandardsBook.open(store, vault, now);
  const ports = protocolRequests(vault, requests);
  const offer = await openDsrOffer(stores);
  const results = new ResultLinks({
    key: vault.ensureKey(keyNames.resultLinks),
    requests: ports,
    exports: protocolExports(requests),
    now: milliseconds,
  });
  const openDsr = new OpenDsr({ offer, policy, requests: ports, book, results, now });
  const dataRights = new DataRights({
    settings: settings.drp,
    policy,
    requests: ports,
    book,
    results,
    origin: portalUrl,
    tokens: new DrpTokens(vault.ensureKey(keyNames.drpTokens)),
    now: milliseconds,
  });
  deliveries.carry(CALLBACK_QUEUE, callbackCarrier(new OutboundHttp({ policy }), openDsr));
  const writers: { caughtUp(): Promise<void>; stop(): Promise<void> }[] = [];
  const write = (): void => {
    if (writers.length > 0) return;
    const request = (requestId: string) => requests.requests.get(requestId);
    writers.push(
      new AutomaticLetters(store, requests.letters, { request }, milliseconds),
      new StatusCallbacks({ store, outbox, courier, requests: ports, book, openDsr, dataRights }),
    );
  };
  closers.add(() => Promise.all(writers.map((writer) => writer.stop())));
  return {
    register: new RegisterDesk(requests.requests, now),
    openDsr,
    dataRights,
    resultLinks: results,
    consentExport: new ConsentExport(store, vault),
    startDelivering: () => {
      write();
      courier.start();
    },
    deliverNow: async () => {
      write();
      await deliverDue();
      await requests.resume(); // what waited for its recipients goes on
      await deliverDue();
    },
  };

  async function deliverDue(): Promise<void> {
    for (const writer of writers) await writer.caughtUp();
    await courier.deliverDue();
  }

  async function openDsrOffer({ settings: { opendsr } }: Stores) {
    if (opendsr === undefined) return undefined;
    const read = (name: string): Promise<string> => readFile(path.join(folder.paths.root, name), 'utf8');
    const [certificate, key] = [await read(OPENDSR.certificate), await read(OPENDSR.key)];
    return { settings: opendsr, signer: OpenDsrSigner.from(certificate, key, opendsr.domain) };
  }
}
