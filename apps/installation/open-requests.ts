import { loadTrust, trustFolderOf } from '#libs/verification';
import { nodeHmacSha256, nodeSha256, nodeVerifySignature } from '#platform/crypto';
import { AbsenceProver, CertificateOffice } from '#stages/certification';
import {
  ConsentChanges,
  DestructionGate,
  HoldBook,
  ReceiptDesk,
  RequestBook,
  RequestProcess,
  RequestService,
  SubjectHistory,
  type SubjectRecords,
} from '#stages/requests';
import { Trainings } from '#stages/unlearning';
import { Shredder } from '#stages/vault';
import type { Closers } from './closers.js';
import type { Models } from './open-models.js';
import type { Deliveries } from './open-outbox.js';
import { openRecipients, type Recipients } from './open-recipients.js';
import type { Stores } from './open-stores.js';
import type { InstallationOptions } from './options.js';
import { certifiedModels, datasetProofs, noticedPeople, rebuildsOf, subjectRecords } from './ports.js';

/** From what people ask for to certificates, and trainings, which take turns with them. */
export interface Requests {
  readonly subjects: SubjectRecords;
  readonly certificates: CertificateOffice;
  readonly absences: AbsenceProver;
  readonly receipts: ReceiptDesk;
  readonly recipients: Recipients;
  readonly requests: RequestService;
  readonly history: SubjectHistory;
  readonly trainings: Trainings;
  /** Takes up what a crash or a stop left unfinished; resolves when no request is open. */
  resume(): Promise<void>;
}

export async function openRequests(
  stores: Stores,
  models: Models,
  deliveries: Deliveries,
  options: InstallationOptions,
  closers: Closers,
): Promise<Requests> {
  const { store, vault, notary, now, folder } = stores;
  const { line, receiptDays: keepDays } = stores.settings;
  const { lines, projections, recommendations } = models;
  const certified = certifiedModels(line, lines);
  const proofs = datasetProofs(stores.maps, stores.tombstones);
  const certificates = new CertificateOffice(
    notary,
    certified,
    proofs,
    folder.paths.certificates,
    () => loadTrust(trustFolderOf(stores.trustFiles()), nodeVerifySignature),
    stores.settings.unwitnessed,
  );
  const absences = new AbsenceProver(certificates, certified, proofs, stores.statements);
  const subjects = subjectRecords(projections);
  const book = await RequestBook.open(store);
  const receipts = new ReceiptDesk({ book, vault, subjects, folder: folder.paths.receipts, keepDays, now });
  await receipts.sweep();
  const gate = new DestructionGate(await HoldBook.open(store), subjects, now);
  const people = noticedPeople(vault, book);
  const recipients = await openRecipients(stores, deliveries, people, (told) => requests.recipientTold(told));
  const onRebuild = options.onRebuild ?? (() => {});
  const rebuilds = rebuildsOf(line, models.rebuilds, onRebuild);
  const process = new RequestProcess({
    book,
    vault,
    subjects,
    rebuilds: {
      ...rebuilds,
      run: (rebuildId) => rebuilds.run(rebuildId).finally(() => recommendations.refresh()),
    },
    shredder: new Shredder(store, vault, nodeSha256),
    receipts,
    notices: recipients.notices,
    certificates,
    gate,
    hmac: nodeHmacSha256,
    now,
    observe: options.onRequestStep,
  });
  const requests: RequestService = new RequestService(
    book,
    process,
    vault,
    now,
    options.onRequestFailure ?? (() => {}),
  );
  const consentChanges = new ConsentChanges(store, vault, subjects, requests);
  closers.add(() => consentChanges.stop());
  closers.add(() => process.idle());
  const published = async (): Promise<void> => {
    await recommendations.refresh();
    requests.proceed();
  };
  const trainings = new Trainings(
    line,
    lines,
    models.rebuilds,
    projections.people,
    (work) => process.exclusively(work),
    published,
    onRebuild,
  );
  const resume = async (): Promise<void> => {
    await consentChanges.caughtUp();
    await process.resume();
  };
  const history = new SubjectHistory(vault, subjects);
  return { subjects, certificates, absences, receipts, recipients, requests, history, trainings, resume };
}
