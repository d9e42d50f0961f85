// Search in the ledger's index, over dist (run `npm run build` first):
//   node tools/bench/search.mjs [--entries 1000000] [--questions 400]
// Fills the index of an invented ledger through the code that follows a real one, then asks it what an auditor asks, pages far behind
// included. Nothing of it is kept.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { canonicalJson, utf8 } from '#libs/essentials';
import { EntrySearch, LedgerIndex } from '#stages/explorer';
import { sharedOptions } from './options.mjs';

const { values: options } = parseArgs({
  options: {
    ...sharedOptions,
    entries: { type: 'string', default: '1000000' },
    questions: { type: 'string', default: '400' },
  },
});
const ENTRIES = Number(options.entries);
const QUESTIONS = Number(options.questions);
const LINES = ['main', 'films', 'music'];
const BEGAN = Date.UTC(2020, 0, 1);
const APART = 60_000; // ms between checkpoints
const A_CHECKPOINT = 3; // a publication, a revocation, a certificate

const sha256 = (text) => createHash('sha256').update(text).digest();
const hex = (text) => sha256(text).toString('hex');
const requestOf = (number) =>
  hex(`request ${number}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
const lineOf = (number) => LINES[Math.floor(number / A_CHECKPOINT) % LINES.length];
const verifier = { publicKey: { rawBytes: sha256('key').toString('base64') }, keyDetails: 'PKIX_ED25519' };
const content = Buffer.alloc(64).toString('base64');

function leafOf(index) {
  const payloadHash = { algorithm: 'SHA2_256', digest: sha256(`payload ${index}`).toString('base64') };
  const spec = { dsseV002: { payloadHash, signatures: [{ content, verifier }] } };
  const entry = utf8(canonicalJson({ apiVersion: '0.0.2', kind: 'dsse', spec }));
  return { index, entry, hash: sha256(`leaf ${index}`) };
}

/** What the log says of three entries and of the checkpoint that covers them. */
function* eventsOf(number) {
  const at = number * A_CHECKPOINT;
  const line = lineOf(at);
  const version = Math.floor(number / LINES.length) + 1;
  const manifestDigest = hex(`manifest ${number}`);
  yield [
    'CheckpointPublished',
    { size: Math.min(at + A_CHECKPOINT, ENTRIES), rootHash: hex(`root ${number}`) },
  ];
  yield ['ModelPublished', { ledgerIndex: at, line, version, manifestDigest }];
  yield ['ModelRevoked', { ledgerIndex: at + 1, line, version, manifestDigest }];
  yield ['CertificateIssued', { ledgerIndex: at + 2, requestId: requestOf(at + 2) }];
}

const CHECKPOINTS = Math.ceil(ENTRIES / A_CHECKPOINT);
const events = {
  head: async () => BigInt(CHECKPOINTS * 4),
  async *readAll({ from }) {
    for (let number = Number(from) / 4; number < CHECKPOINTS; number++) {
      let position = number * 4;
      for (const [type, data] of eventsOf(number))
        yield {
          type,
          data,
          position: BigInt(++position),
          recordedAt: new Date(BEGAN + number * APART).toISOString(),
        };
    }
  },
};
const ledger = {
  head: () => ({ origin: 'bench.example/ledger', size: ENTRIES, root: sha256('root') }),
  leaves: (from, to) => Array.from({ length: Math.min(to, ENTRIES) - from }, (_, at) => leafOf(from + at)),
};
const statements = {
  certifiedVersion: async () => ({ line: 'main', version: 1 }),
};

const draw = (question, below) => (question * 7_919_003 + 104_729) % below;
const somewhere = (question) => new Date(BEGAN + draw(question, CHECKPOINTS) * APART).toISOString();
const QUERIES = {
  'first page': () => ({}),
  'a page far behind': (question) => ({ page: 1 + draw(question, Math.floor(ENTRIES / 50)) }),
  'by index': (question) => ({ search: String(draw(question, ENTRIES)) }),
  'by request': (question) => ({ search: requestOf(2 + A_CHECKPOINT * draw(question, CHECKPOINTS - 1)) }),
  'by certificate digest': (question) => ({ search: hex(`payload ${draw(question, ENTRIES)}`) }),
  'by eight digits of a leaf': (question) => ({ search: hex(`leaf ${draw(question, ENTRIES)}`).slice(0, 8) }),
  'by manifest': (question) => ({ search: hex(`manifest ${draw(question, CHECKPOINTS)}`) }),
  'by line': () => ({ search: 'films' }),
  'by line, far behind': (question) => ({
    search: 'main',
    page: 1 + draw(question, Math.floor(ENTRIES / 300)),
  }),
  'by type': () => ({ type: 'certificate' }),
  'by line and type': () => ({ search: 'main', type: 'publication' }),
  'by time': (question) => ({ from: somewhere(question), until: somewhere(question + 1) }),
  'by type and time': (question) => ({ type: 'revocation', from: somewhere(question) }),
  'named nothing': (question) => ({ search: `nothing ${question}` }),
};

const inOrder = ({ from, until, ...query }) =>
  from !== undefined && until !== undefined && from > until
    ? { ...query, from: until, until: from }
    : { ...query, from, until };
const at = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
const row = (what, p50, p99, most) =>
  console.log(`${what.padEnd(30)} ${p50.padStart(10)} ${p99.padStart(10)} ${most.padStart(10)}`);
const ms = (time) => `${time.toFixed(1)} ms`;

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-search-bench-'));
const file = path.join(home, 'ledger-index.db');
const index = await LedgerIndex.open({ place: { file }, ledger, events, statements });
try {
  const began = performance.now();
  await index.caughtUp();
  const seconds = (performance.now() - began) / 1000;
  const megabytes = Math.round(statSync(file).size / 1e6);
  const filled = `${ENTRIES.toLocaleString('en-US')} entries in ${seconds.toFixed(0)} s, ${megabytes} MB`;
  console.log(`index filled from nothing: ${filled}\n`);
  row('', 'p50', 'p99', 'most');
  const search = new EntrySearch(index);
  const all = [];
  for (const [name, queryOf] of Object.entries(QUERIES)) {
    const times = [];
    for (let question = 0; question < QUESTIONS; question++) {
      const query = inOrder({ page: 1, size: 50, ...queryOf(question) });
      const asked = performance.now();
      await search.find(query);
      times.push(performance.now() - asked);
    }
    times.sort((a, b) => a - b);
    all.push(...times);
    row(name, ms(at(times, 0.5)), ms(at(times, 0.99)), ms(times.at(-1)));
  }
  all.sort((a, b) => a - b);
  row('all together, p99 ≤ 100 ms', ms(at(all, 0.5)), ms(at(all, 0.99)), ms(all.at(-1)));
} finally {
  await index.close();
  rmSync(home, { recursive: true, force: true });
}
