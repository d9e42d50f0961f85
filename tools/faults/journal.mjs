// What somebody outside knows for certain: what was sent, and what was answered. It outlives every process that is killed.
import { categoryOf } from './catalogue.mjs';

const keyOf = ({ subject, item, type, time }) => `${subject} ${item} ${type} ${time}`;

export class Journal {
  #now = 0;

  constructor(known = { people: [], records: [], requests: [], checkpoints: [], certificates: {} }) {
    const copy = globalThis.structuredClone(known);
    this.people = new Map(copy.people.map((person) => [person.ext, person]));
    this.records = new Map(copy.records.map((record) => [keyOf(record.entry), record]));
    this.requests = new Map(copy.requests.map((request) => [request.requestId, request]));
    this.checkpoints = new Set(copy.checkpoints);
    this.certificates = copy.certificates;
    this.#now = Math.max(0, ...copy.records.map(({ answeredAt }) => answeredAt ?? 0));
  }

  toJSON() {
    return {
      people: [...this.people.values()],
      records: [...this.records.values()],
      requests: [...this.requests.values()],
      checkpoints: [...this.checkpoints],
      certificates: this.certificates,
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
