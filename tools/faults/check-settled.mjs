// What must be true when every request is finished: the answers of the stages, the model's bytes, the ledger, and what is left of whoever was erased.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packRecords } from '#libs/contracts';
import { isClosed, servingVersion } from '#libs/erasure';
import { toHex, utf8 } from '#libs/essentials';
import { buildAggregator, rebuildShard } from '#libs/learning';
import { openCheckpointOf, verifyConsistency } from '#libs/merkle';
import { loadTrust, trustFolderOf, verifyCertificate } from '#libs/verification';
import { nodeSha256, nodeVerifySignature } from '#platform/crypto';
import { checkInstallationLedger, openInstallation } from '../../dist/apps/installation/index.js';
import { categoryOf } from './catalogue.mjs';

/** @param place the data folder, the services that hold the rest, and everything that they hold */
export async function checkSettled({ folder, backends, contents }, journal, must, facts) {
  await checkResidue(folder, contents, journal, must);
  const installation = await openInstallation({ folder, threads: 1, backends });
  try {
    checkRequests(installation, journal, must, facts);
    await checkPeople(installation, journal, must, facts);
    await checkCertificates(installation, journal, must, facts);
    checkOutsiders(installation, journal, must, facts);
    await checkModel(installation, must, facts);
    await checkReadModels(installation, must);
  } finally {
    await installation.close();
  }
  const { findings, size } = await checkInstallationLedger({
    folder,
    backends,
    clockTolerance: 3_600_000_000,
  });
  const wrong = findings.filter(({ code }) => !journal.tolerated.includes(code));
  must(wrong.length === 0, 'the ledger is what entries, statements and events say', wrong);
  facts.ledgerEntries = size;
}

/** No file, table, object, job or event holds a value of a person who was erased. */
async function checkResidue(folder, contents, journal, must) {
  const tokens = [...erasedPeople(journal).map(({ token }) => token), ...journal.leftBehind];
  if (tokens.length === 0) return;
  const look = (place, bytes) => {
    const left = tokens.filter(
      (token) => bytes.includes(token) || bytes.includes(Buffer.from(token, 'utf16le')),
    );
    must(left.length === 0, 'nothing is left of whoever was erased', { place, people: left.length });
  };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  for (const { parentPath, name } of files) look(name, readFileSync(path.join(parentPath, name)));
  for await (const { place, bytes } of contents?.() ?? []) look(place, bytes);
}

function erasedPeople(journal) {
  const erased = new Set(
    journal
      .acknowledgedRequests()
      .filter(({ kind }) => kind === 'erasure')
      .map(({ ext }) => ext),
  );
  return [...erased].map((ext) => journal.people.get(ext));
}

function checkRequests({ requests }, journal, must, facts) {
  const open = requests.all().filter((state) => !isClosed(state));
  must(
    open.length === 0,
    'every request is finished',
    open.map(({ requestId, status }) => [requestId, status]),
  );
  for (const { requestId, kind } of journal.acknowledgedRequests()) {
    const state = requests.find(requestId);
    must(state !== undefined, 'every acknowledged request is known', requestId);
    if (state === undefined) continue;
    must(state.kind === kind, 'a request is what was asked for', requestId);
    const wanted = state.status === 'closed' || state.status === 'closed-refused';
    must(wanted, 'an acknowledged request is carried out, or refused for a reason', [
      requestId,
      state.status,
    ]);
    if (kind === 'erasure')
      must(
        state.status === 'closed' || state.reason === 'SUBJECT_ALREADY_ERASED',
        'an erasure is carried out',
        requestId,
      );
  }
  facts.requests = requests.all().length;
}

/** What is stored of each person is what was acknowledged, or sent, without what was asked to be deleted. */
async function checkPeople({ history, requests, vault }, journal, must, facts) {
  facts.acknowledged = 0;
  for (const { ext, isLeaving } of journal.people.values()) {
    const subject = vault.findSubject(ext);
    const records = [...journal.records.values()].filter(({ entry }) => entry.subject === ext);
    const acknowledged = records.filter(({ state }) => state === 'acknowledged');
    facts.acknowledged += acknowledged.length;
    const asked = journal.acknowledgedRequests().some((one) => one.ext === ext && one.kind === 'erasure');
    if (asked) must(subject === undefined, 'whoever was erased is a stranger', ext.length);
    if (isLeaving) continue;
    must(subject !== undefined, 'whoever has not left is known');
    if (subject === undefined) continue;
    const present = (await history.of(ext)).map(({ label }) => label);
    const deleted = deletedBy(requests.ofSubject(subject));
    comparePerson({ present, deleted, records, acknowledged, asks: asksOf(journal, ext) }, must);
  }
}

const asksOf = (journal, ext) => journal.acknowledgedRequests().filter((one) => one.ext === ext);

const deletedBy = (states) => new Set(states.flatMap((state) => ('labels' in state ? state.labels : [])));

function comparePerson({ present, deleted, records, acknowledged, asks }, must) {
  const there = new Set(present);
  must(there.size === present.length, 'no record is there twice', present.length - there.size);
  const lost = acknowledged.filter(({ label }) => !there.has(label) && !deleted.has(label));
  must(lost.length === 0, 'no acknowledged interaction is lost', lost.length);
  const back = [...deleted].filter((label) => there.has(label));
  must(back.length === 0, 'what was deleted does not come back', back.length);
  const unknown = present.filter((label) => !records.some((record) => record.label === label));
  const inDoubt = records.filter(({ label }) => label === undefined).length;
  must(unknown.length <= inDoubt, 'nothing is stored that nobody has sent', unknown.length);
  for (const { askedAt, category } of asks.filter(({ kind }) => kind === 'withdrawal')) {
    const covered = acknowledged.filter(
      ({ entry, answeredAt }) => answeredAt < askedAt && categoryOf(entry.item) === category,
    );
    const kept = covered.filter(({ label }) => there.has(label));
    must(kept.length === 0, 'a withdrawal takes everything that was acknowledged before it', kept.length);
  }
  const categories = new Set(asks.map(({ category }) => category));
  const tooMuch = acknowledged.filter(
    ({ entry, label }) => deleted.has(label) && !categories.has(categoryOf(entry.item)),
  );
  const why = asks.map(({ requestId, kind, category }) => [requestId, kind, category]);
  must(tooMuch.length === 0, 'a withdrawal takes nothing else', [tooMuch.length, why]);
}

/** Each verifies as a stranger verifies it, is logged once, and is the one that was handed out before. */
async function checkCertificates({ requests, certificates, trustFiles }, journal, must, facts) {
  const trust = loadTrust(trustFolderOf(trustFiles), nodeVerifySignature);
  const indexes = [];
  for (const { requestId, status, ledgerIndex } of requests.all()) {
    if (status !== 'closed') continue;
    const bundle = utf8(JSON.stringify(await certificates.read(requestId)));
    try {
      verifyCertificate({ bundle, trust });
    } catch (error) {
      must(false, 'every certificate verifies', [requestId, error.code ?? error.name]);
    }
    indexes.push(ledgerIndex);
    const digest = toHex(nodeSha256(readFileSync(certificates.fileOf(requestId))));
    const before = journal.certificates[requestId];
    must(before === undefined || before === digest, 'a certificate never changes', requestId);
  }
  must(new Set(indexes).size === indexes.length, 'no two certificates are one entry');
  facts.certificates = indexes.length;
}

/** Every checkpoint that an outsider has seen is a beginning of the log of today. */
function checkOutsiders({ ledger, trustFiles }, journal, must, facts) {
  const trust = loadTrust(trustFolderOf(trustFiles), nodeVerifySignature);
  const { size: newSize, root: newRoot } = ledger.head();
  for (const text of journal.checkpoints) {
    try {
      const { size: oldSize, root: oldRoot } = openCheckpointOf(
        utf8(text),
        trust.logKeys,
        nodeVerifySignature,
      );
      if (oldSize > 0)
        verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: ledger.consistencyProof(oldSize) });
    } catch (error) {
      must(false, 'the ledger continues what outsiders saw', error.code ?? error.message);
    }
  }
  facts.checkpointsSeen = journal.checkpoints.size;
}

/** Each part of the version that serves is, bit for bit, what training from nothing makes of what is present. */
async function checkModel(installation, must, facts) {
  const { lines, settings, projections, trainings, vault } = installation;
  const line = await lines.get(settings.line);
  const served = await trainings.servingManifest();
  must(served !== undefined || line.versions.length === 0, 'a version serves', servingVersion(line)?.version);
  if (served === undefined) return;
  const partition = lines.partition(line);
  const people = [...new Set(vault.liveKeys('').map((name) => name.split('/')))]
    .filter(([, kind]) => kind === 'profile')
    .map(([subject]) => subject);
  const catalogue = await projections.catalogue.at(BigInt(served.catalogue.position));
  for (const shard of served.shards) {
    const subjects = [];
    for (const subject of people) {
      const records = (await projections.people.recordsOf(subject)).filter(
        ({ label, position }) =>
          position <= BigInt(shard.position) && partition.shardOf({ subject, label }) === shard.shard,
      );
      subjects.push({ subject, records: packRecords(records) });
    }
    const anew = rebuildShard({ genesis: line.genesis, shard: shard.shard, ...catalogue, subjects });
    must(anew.digest === shard.digest, 'the model is what training anew makes', { shard: shard.shard });
    must(anew.datasetRoot === shard.datasetRoot, 'the dataset root is that of what is present');
  }
  const aggregator = buildAggregator({ genesis: line.genesis, ...catalogue, shards: served.shards });
  must(
    toHex(nodeSha256(aggregator)) === served.aggregator.digest,
    'the aggregator is what building anew makes',
  );
  facts.version = served.version;
}

/** What the read models say is what folding the log from zero says. */
async function checkReadModels({ projections }, must) {
  await projections.runner.caughtUp();
  const before = await projections.digest();
  await projections.runner.rebuild();
  const after = await projections.digest();
  must(before === after, 'read models are the fold of the log');
}
