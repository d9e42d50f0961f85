// What must be true at every moment, also of a folder whose process was killed a moment ago.

/** Events that happen to a request at most once. */
const ONCE = ['RequestSubmitted', 'RequestAccepted', 'RecordsQuarantined', 'RecordsErased', 'KeyDestroyed'];
const LAST = ['CertificateIssued', 'RequestClosed'];

export function checkDead(dossier, journal, must) {
  checkAcknowledged(dossier, journal, must);
  checkRequests(dossier, journal, must);
  checkNothingEarly(dossier, must);
}

/** Each acknowledged record is in the log once, unless a request that was taken in has named it, or its person leaves. */
function checkAcknowledged({ events, pseudonyms }, journal, must) {
  const { inLog, named } = recordsOf(events);
  const leaving = new Set(
    [...journal.people.values()].filter(({ isLeaving }) => isLeaving).map(({ ext }) => ext),
  );
  const lost = [];
  for (const { entry, state, label } of journal.records.values()) {
    if (state !== 'acknowledged' || leaving.has(entry.subject)) continue;
    const key = `${pseudonyms.get(entry.subject)} ${label}`;
    if (!inLog.has(key) && !named.has(key)) lost.push(label);
  }
  must(lost.length === 0, 'no acknowledged interaction is lost', lost.length);
  const doubled = [...inLog.values()].filter((generations) => new Set(generations).size < generations.length);
  must(doubled.length === 0, 'no interaction is there twice in one generation', doubled.length);
}

/** Records by person and label: generations that hold them; and those that requests have named. */
function recordsOf(events) {
  const inLog = new Map();
  const named = new Set();
  for (const { type, stream, data } of events) {
    if (type === 'InteractionRecorded') {
      const [, subject, generation] = /^interactions-(.+)~(\d+)$/.exec(stream);
      const key = `${subject} ${data.label}`;
      inLog.set(key, [...(inLog.get(key) ?? []), generation]);
    } else if (type === 'RecordsQuarantined')
      for (const label of data.labels) named.add(`${data.subject} ${label}`);
  }
  return { inLog, named };
}

function checkRequests({ events }, journal, must) {
  const counts = new Map();
  for (const { type, stream } of events) {
    if (!stream.startsWith('request-')) continue;
    const key = `${stream} ${type}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const twice = [...counts].filter(([key, n]) => n > 1 && [...ONCE, ...LAST].includes(key.split(' ')[1]));
  must(twice.length === 0, 'no step of a request was taken twice', twice);
  const missing = journal
    .acknowledgedRequests()
    .filter(({ requestId }) => !counts.has(`request-${requestId} RequestSubmitted`))
    .map(({ requestId }) => requestId);
  must(missing.length === 0, 'no acknowledged request is lost', missing);
}

/** Whoever holds a certificate may rely on it: keys and streams were destroyed before it was made. */
function checkNothingEarly({ events, destroyed, certified }, must) {
  const erased = new Map();
  const at = new Map();
  for (const { type, data, position } of events) {
    if (data?.requestId === undefined) continue;
    if (type === 'RecordsErased') erased.set(data.requestId, data);
    if (type === 'KeyDestroyed') {
      const alive = data.keys.filter((key) => !destroyed.has(key));
      must(alive.length === 0, 'keys whose destruction is on record are destroyed', alive.length);
    }
    at.set(`${data.requestId} ${type}`, position);
  }
  const isBefore = (requestId, one, other) => at.get(`${requestId} ${one}`) < at.get(`${requestId} ${other}`);
  for (const requestId of certified)
    must(at.has(`${requestId} KeyDestroyed`), 'no certificate precedes the destruction of keys', requestId);
  const order = ['RequestSubmitted', 'RequestAccepted', 'RecordsErased', 'KeyDestroyed', ...LAST];
  for (const requestId of erased.keys())
    for (let next = 1; next < order.length; next++)
      if (at.has(`${requestId} ${order[next]}`))
        must(isBefore(requestId, order[next - 1], order[next]), 'steps are taken in their order', requestId);
  const streams = new Set(events.map(({ stream }) => stream));
  for (const [requestId, { tombstonedStreams }] of erased)
    must(
      !tombstonedStreams.some((name) => streams.has(name)),
      'streams that were erased are empty',
      requestId,
    );
}
