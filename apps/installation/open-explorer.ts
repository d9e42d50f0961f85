import { randomUUID } from 'node:crypto';
import { utf8 } from '#libs/essentials';
import { parseNote } from '#libs/merkle';
import { checkPolicy, reportOf } from '#libs/witnessing';
import { nodeVerifySignature } from '#platform/crypto';
import { openExplorer, type ExploredStatements, type Explorer, type WeighCheckpoint } from '#stages/explorer';
import type { Backends } from './backends.js';
import type { Closers } from './closers.js';
import { withEventFile } from './open-event-store.js';
import type { Requests } from './open-requests.js';
import type { Stores } from './open-stores.js';
import { readModelsPlace } from './read-models-place.js';
import { ReplayProcesses, type OrderOf } from './replay-processes.js';

/** What auditors see of the ledger, and of what its entries stand for. */
export async function openExplorerOf(
  stores: Stores,
  requests: Requests,
  closers: Closers,
  backends?: Backends,
): Promise<Explorer> {
  const explorer = await openExplorer({
    place: readModelsPlace(stores.folder.paths.ledgerIndex, stores.settings, backends),
    ledger: stores.ledger,
    events: stores.store,
    statements: exploredStatements(stores, requests),
    trustFiles: stores.trustFiles,
    weigh: weighing(stores),
    runner: new ReplayProcesses(ordersOf(stores, requests), (work) =>
      withEventFile(stores.events, stores.folder.paths.root, work),
    ),
    newId: randomUUID,
    now: stores.now,
  });
  closers.add(() => explorer.close());
  return explorer;
}

function exploredStatements(
  { statements }: Stores,
  { certificates, absences, requests }: Requests,
): ExploredStatements {
  return {
    certificate: (requestId) => certificates.read(requestId),
    proofs: (requestId) => certificates.readProofs(requestId),
    certifiedVersion: async (requestId) => {
      const { model } = await certificates.predicate(requestId);
      return model === null ? undefined : { line: model.line, version: model.manifest.after.version };
    },
    absence: async (requestId) => (await absences.prove(requests.get(requestId))).file,
    statement: async (index) => JSON.parse(await statements.read(index)) as unknown,
    requireRequest: (requestId) => void requests.get(requestId),
  };
}

function ordersOf({ folder: { paths }, kek, trustFiles }: Stores, { certificates }: Requests): OrderOf {
  return async (requestId, events) => ({
    certificate: utf8(JSON.stringify(await certificates.read(requestId))),
    trust: trustFiles(),
    events,
    vault: paths.vault,
    kek,
    models: paths.models,
  });
}

function weighing({ witnessing }: Stores): WeighCheckpoint {
  return (note) => {
    if (witnessing === undefined) return undefined;
    const { policy } = witnessing;
    const witnessed = checkPolicy(policy, parseNote(utf8(note)), nodeVerifySignature);
    const { cosigned } = reportOf(policy, witnessed);
    return { satisfied: witnessed.satisfied, cosigned: cosigned.map(({ name, at }) => ({ name, at })) };
  };
}
