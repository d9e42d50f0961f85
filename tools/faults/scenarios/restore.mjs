// A backup that is made under load is restored after more has happened: withdrawals and erasures since must not be undone, nor the ledger forked.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { must } from '../house.mjs';
import { run } from '../processes.mjs';
import { newRequest } from '../workload.mjs';

export default {
  name: 'restore',
  title:
    'a backup made under load, restored after withdrawals, erasures and a `kill -9`, with the journal of destructions and the published ledger',
  unit: 'restores',
  defaultRuns: 5,
  async run(house, draws) {
    const places = placesIn(house);
    house.env = { ...house.env, LACUNA_DESTRUCTIONS: places.destructions };
    const before = await backUp(house, places, draws.for('backup'));
    await house.client.request(newRequest(house.journal, draws.for('erasure'), 'erasure'));
    await house.client.request(newRequest(house.journal, draws.for('withdrawal'), 'withdrawal'));
    await house.finish();
    const { over, lives } = await house.live(draws.below(1200), draws.for('since'));
    await house.api.kill();
    over();
    await lives;
    await restore(house, places);
    house.journal.wentBackTo(before);
    house.journal.tolerates('LEDGER_LEAF_WITHOUT_EVENT'); // versions that were published since, see docs/decisions/0036
    await house.mustOpen();
    const trained = await house.client.json('engineer', 'POST', '/v1/models/train');
    must(trained.status === 201, 'what was restored can be trained', trained);
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close({ replay: false });
    return 1;
  },
};

function placesIn({ home, folder }) {
  const safe = path.join(home, 'elsewhere');
  mkdirSync(safe);
  writeFileSync(path.join(safe, 'passphrase'), 'a phrase for faults\n');
  return {
    folder,
    restored: path.join(home, 'restored'),
    backup: path.join(safe, 'backup.age'),
    destructions: path.join(safe, 'destructions'),
    secret: ['--passphrase-file', path.join(safe, 'passphrase')],
  };
}

/** @returns what was acknowledged before it began */
async function backUp(house, { folder, backup, secret }, draws) {
  await house.mustOpen();
  const { over, lives } = await house.live(draws.below(1000), draws.for('before'));
  const before = house.journal.copy();
  const argv = ['--data-folder', folder, 'backup', backup, ...secret, '--with-kek'];
  const { code, stderr } = await run('cli', argv, { env: house.env });
  over();
  await lives;
  must(code === 0, 'a backup can be made while the server runs', stderr.slice(0, 1000));
  return before;
}

async function restore(house, { folder, restored, backup, destructions, secret }) {
  const newest = ['--destructions', destructions, '--ledger', path.join(folder, 'ledger')];
  const certificates = ['--certificates', path.join(folder, 'certificates')];
  const argv = ['--data-folder', restored, 'restore', backup, ...secret, ...newest, ...certificates];
  const { code, stderr } = await run('cli', argv, { env: house.env });
  must(code === 0, 'the backup can be restored', stderr.slice(0, 1000));
  house.folder = restored;
}
