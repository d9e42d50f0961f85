import { stat } from 'node:fs/promises';
import path from 'node:path';
import { utf8 } from '#libs/essentials';
import { parseNote } from '#libs/merkle';
import { checkPolicy } from '#libs/witnessing';
import { nodeVerifySignature } from '#platform/crypto';
import type { Measured, Meters } from '#platform/metrics';
import type { Installation } from '../../installation/index.js';

/** The ledger: its size, how long ago a checkpoint was published, and how long ago each witness cosigned. */
export function measureLedger(meters: Meters, installation: Installation): void {
  const { ledger, folder } = installation;
  meters.gauge({ name: 'ledger_entries', help: 'Entries of the ledger' }, () => [{ value: ledger.size() }]);
  meters.gauge(
    { name: 'ledger_unpublished_entries', help: 'Entries that the published checkpoint does not cover' },
    () => [{ value: ledger.size() - ledger.head().size }],
  );
  meters.gauge(
    { name: 'ledger_checkpoint_age_seconds', help: 'Time since a checkpoint was published' },
    async () => {
      const { mtimeMs } = await stat(path.join(folder.paths.ledger, 'checkpoint'));
      return [{ value: (Date.now() - mtimeMs) / 1000 }];
    },
  );
  meters.gauge(
    {
      name: 'ledger_policy_unsatisfied',
      help: '1 when the published checkpoint lacks cosignatures that the policy asks for; absent without a policy',
    },
    () => {
      const policy = ledger.checkpointPolicy();
      return policy === undefined ? [] : [{ value: policy.satisfied ? 0 : 1 }];
    },
  );
  meters.gauge(
    {
      name: 'ledger_cosignature_age_seconds',
      help: 'Time since a witness cosigned the published checkpoint; +Inf where it has not',
      labels: ['witness'],
    },
    () => cosignatureAges(installation),
  );
}

/** By the names that the policy gives the witnesses. */
function cosignatureAges({ ledger, witnessing }: Installation): Measured[] {
  if (witnessing === undefined) return [];
  const { policy } = witnessing;
  const { cosigned } = checkPolicy(policy, parseNote(utf8(ledger.checkpoint())), nodeVerifySignature);
  const times = new Map(cosigned.map(({ witness, time }) => [witness.name, time]));
  return policy.witnesses.map(({ name }) => ({
    labels: { witness: name },
    value: Date.now() / 1000 - (times.get(name) ?? -Infinity),
  }));
}
