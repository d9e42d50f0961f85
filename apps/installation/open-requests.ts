import { loadTrust, trustFolderOf } from '#libs/verification';
import { nodeHmacSha256, nodeSha256, nodeVerifySignature } from '#platform/crypto';
import { AbsenceProver, CertificateOffice } from '#stages/certification';
import {
  DestructionJournal,
  openRequestStage,
  policyOf,
  RequestBook,
  type RequestDesk,
  type RequestStage,
  type SubjectRecords,
} from '#stages/requests';
import type { Engine } from '#stages/engine';
import type { LetterDesk } from '#stages/letters';
import { Trainings } from '#stages/unlearning';
import { Shredder } from '#stages/vault';
import type { Closers } from './closers.js';
import type { Models } from './open-models.js';
import type { Deliveries } from './open-outbox.js';
import { openLetters } from './open-letters.js';
import { openRecipients, type Recipients } from './open-recipients.js';
import type { Stores } from './open-stores.js';
import type { InstallationOptions } from './options.js';
import {
  certifiedModels,
  consentPorts,
  datasetProofs,
  noticedPeople,
  withFarewells,
  rebuildsOf,
  subjectRecords,
} from './ports.js';

/** From what people ask for to certificates, and trainings, which take turns with them. */
export interface Requests extends Omit<RequestStage, 'process' | 'consentChanges'> {
  readonly subjects: SubjectRecords;
  readonly certificates: CertificateOffice;
  readonly absences: AbsenceProver;
  readonly recipients: Recipients;
  readonly letters: LetterDesk;
  readonly trainings: Trainings;
  /** Takes up what a crash or a stop left unfinished; resolves when nothing can be done now. */
  resume(): Promise<void>;
}

export async function openRequests(
  stores: Stores,
  models: Models,
  engine: Pick<Engine, 'history' | 'jobs'>,
  deliveries: Deliveries,
  options: InstallationOptions,
  closers: Closers,
): Promise<Requests> {
  const { store, vault, notary, now, folder } = stores;
  const { line, receiptDays: keepDays, requests: policy } = stores.settings;
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
  const recipients = await openRecipients(
    stores,
    deliveries,
    noticedPeople(vault, book),
    async (told) => void (await desk.recipientTold(told)),
  );
  const letters = await openLetters(stores, deliveries, book, recipients.notices);
  const onRebuild = options.onRebuild ?? (() => {});
  const rebuilds = rebuildsOf(line, models.rebuilds, lines, engine, onRebuild, now);
  const { process, consentChanges, ...stage } = await openRequestStage({
    book,
    store,
    vault,
    subjects,
    titles: projections.catalogue,
    ...consentPorts(models.ingest.consents),
    rebuilds: {
      ...rebuilds,
      run: (rebuildId, dueAt) => rebuilds.run(rebuildId, dueAt).finally(() => recommendations.refresh()),
    },
    shredder: new Shredder(store, vault, nodeSha256),
    notices: withFarewells(recipients.notices, letters),
    certificates,
    policy: policyOf(policy),
    receipts: { folder: folder.paths.receipts, keepDays },
    hmac: nodeHmacSha256,
    now,
    onFailure: options.onRequestFailure ?? (() => {}),
    observe: options.onRequestStep,
    journal: await DestructionJournal.openNamed(options.destructions, stores.settings.installation, store),
  });
  const { requests } = stage;
  const desk: RequestDesk = stage.desk;
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
    await desk.lookForHolds();
    await process.resume();
    await desk.tick();
  };
  return { ...stage, subjects, certificates, absences, recipients, letters, trainings, resume };
}
