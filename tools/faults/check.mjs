// Looks at a data folder from a process of its own, and says what is not as it must be:
//   node tools/faults/check.mjs FOLDER JOURNAL dead|settled
// `dead`: as a process left it that was killed, before anything has repaired it. `settled`: every request is finished. FOLDER is a copy: opening
// it may change it. Prints { violations, facts } as JSON.
import { readFileSync } from 'node:fs';
import { readDossier } from './dossier.mjs';
import { checkDead } from './check-dead.mjs';
import { checkSettled } from './check-settled.mjs';
import { Journal } from './journal.mjs';
import { backendsOf } from '../../dist/apps/installation/index.js';

const [folder, journalFile, mode] = process.argv.slice(2);
const journal = new Journal(JSON.parse(readFileSync(journalFile, 'utf8')));
const violations = [];
const facts = {};
const must = (isSo, what, found) => {
  if (!isSo) violations.push({ what, ...(found !== undefined && { found }) });
};

const scaled = process.env.LACUNA_FAULTS_SERVICES;
const services = scaled === undefined ? undefined : await copiesOf(JSON.parse(scaled));
const env = services?.env ?? {};
const backends = backendsOf(Object.assign(process.env, env));
if (mode === 'dead')
  checkDead(await readDossier(folder, [...journal.people.values()], backends), journal, must);
else await checkSettled({ folder, backends, contents: services?.contents }, journal, must, facts);
await services?.close();
process.stdout.write(JSON.stringify({ violations, facts }));

/** Servers on copies, where the installation is a scaled one. */
async function copiesOf(copied) {
  const { contentsOf, openCopies } = await import('./scaled/copied-services.mjs');
  const copies = await openCopies(copied);
  return { ...copies, contents: () => contentsOf(copied, copies.store) };
}
