// What somebody outside knows for certain: what was sent, and what was answered. It outlives every process that is killed.
import { categoryOf } from './catalogue.mjs';

const keyOf = ({ subject, item, type, time }) => `${subject} ${item} ${type} ${time}`;

const EMPTY = {
  people: [],
  records: [],
  requests: [],
  checkpoints: [],
  /** Digest of each certificate that was seen, by request. */
  certificates: {},
  /** Tokens of people of whom nothing may be left though they are not in `people`. */
  leftBehind: [],
  tolerated: [],
};

export class Journal {
  #now = 0;

  constructor(known = EMPTY) {
    const copy = globalThis.structuredClone(known);
    this.people = new Map(copy.people.map((person) => [person.ext, person]));
    this.records = new Map(copy.records.map((record) => [keyOf(record.entry), record]));
    this.requests = new Map(copy.requests.map((request) => [request.requestId, request]));
    this.checkpoints = new Set(copy.checkpoints);
    this.certificates = copy.certificates;
    this.leftBehind = copy.leftBehind;
    this.tolerated = copy.tolerated;
    this.#now = Math.max(0, ...copy.records.map(({ answeredAt }) => answeredAt ?? 0));
  }

  toJSON() {
    return {
      people: [...this.people.values()],
      records: [...this.records.values()],
      requests: [...this.requests.values()],
      checkpoints: [...this.checkpoints],
      certificates: this.certificates,
      leftBehind: this.leftBehind,
      tolerated: this.tolerated,
    };
  }

  copy() {
    return new Journal(this.toJSON());
  }

  knows(person) {
    this.people.set(person.ext, { ...person, records: 0 });
  }

  /** People of whom no erasure was asked. */
  present() {
    return [...this.people.values()].filter(({ isLeaving }) => !isLeaving);
  }

  sends(entries) {
    for (const entry of entries) {
      const known = this.records.get(keyOf(entry));
      if (known === undefined) this.records.set(keyOf(entry), { entry, state: 'in doubt' });
    }
  }

  answered(entry, { status, label, code }) {
    const record = this.records.get(keyOf(entry));
    if (status === 'recorded' || status === 'duplicate')
      Object.assign(record, {
        state: 'acknowledged',
        label,
        firstAnswer: record.firstAnswer ?? status,
        answeredAt: record.answeredAt ?? ++this.#now,
      });
    else if (record.state === 'in doubt') Object.assign(record, { state: 'refused', code });
  }

  asks(request) {
    if (this.requests.has(request.requestId)) return;
    this.requests.set(request.requestId, { ...request, state: 'in doubt', askedAt: ++this.#now });
    if (request.kind === 'erasure') this.people.get(request.ext).isLeaving = true;
  }

  taken(requestId) {
    this.requests.get(requestId).state = 'acknowledged';
  }

  refused(requestId, code) {
    Object.assign(this.requests.get(requestId), { state: 'refused', code });
  }

  /** What was acknowledged since an earlier state is in doubt again: a backup of that time was restored. Requests that were finished are carried out again. */
  wentBackTo(earlier) {
    for (const [ext, { token, isLeaving }] of this.people)
      if (!earlier.people.has(ext)) {
        this.people.delete(ext);
        if (isLeaving) this.leftBehind.push(token);
      }
    for (const [key, record] of this.records) {
      if (!this.people.has(record.entry.subject)) this.records.delete(key);
      else if (earlier.records.get(key)?.state !== 'acknowledged' && record.state === 'acknowledged')
        this.records.set(key, { entry: record.entry, state: 'in doubt' });
    }
    for (const [requestId, request] of this.requests) {
      if (!this.people.has(request.ext)) this.requests.delete(requestId);
      else if (!request.isFinished && earlier.requests.get(requestId)?.state !== 'acknowledged')
        request.state = 'in doubt';
    }
  }

  /** A finding of the ledger's check that is as it must be. */
  tolerates(code) {
    this.tolerated.push(code);
  }

  /** Categories in which somebody has acknowledged records that nobody asked to be deleted. */
  categoriesOf(ext) {
    const asked = new Set(
      [...this.requests.values()].filter((one) => one.ext === ext).map((one) => one.category),
    );
    const known = [...this.records.values()].filter(
      ({ entry, state }) => entry.subject === ext && state === 'acknowledged',
    );
    return [...new Set(known.map(({ entry }) => categoryOf(entry.item)))]
      .filter((one) => !asked.has(one))
      .sort();
  }

  recordsInDoubt() {
    return [...this.records.values()].filter(({ state }) => state === 'in doubt').map(({ entry }) => entry);
  }

  requestsInDoubt() {
    return [...this.requests.values()].filter(({ state }) => state === 'in doubt');
  }

  acknowledgedRequests() {
    return [...this.requests.values()].filter(({ state }) => state === 'acknowledged');
  }
}
