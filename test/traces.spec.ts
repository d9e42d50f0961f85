import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiProcess } from './support/api-process.js';
import { OtlpReceiver, type ReceivedSpan } from './support/otlp-receiver.js';
import { PEOPLE, populate, PURPOSE, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
const ERASURE = '7f1d9b1e-0000-4000-8000-00000000000b';
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }; // W3C Trace Context §3.2.2

let receiver: OtlpReceiver;

beforeAll(async () => {
  const folder = folders.next();
  await using(folder, async (installation) => {
    await populate(installation);
    await installation.trainings.train();
  });
  receiver = await OtlpReceiver.listen();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY: '200' };
  const api = await ApiProcess.start({ folder, env });
  const call = (role: 'ingest' | 'dpo', method: string, route: string, body?: object) =>
    fetch(api.url + route, {
      method,
      headers: {
        authorization: `Bearer ${api.tokens.get(role)}`,
        'content-type': 'application/json',
        traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`,
      },
      body: body && JSON.stringify(body),
    });
  const recorded = await call('ingest', 'POST', '/v1/interactions', {
    ...{ subject: PEOPLE[1], item: 'i1', type: 'play', time: 1_750_000_000, purpose: PURPOSE },
  });
  expect(recorded.status).toBe(201);
  await call('dpo', 'POST', '/v1/requests/erasures', { subject: PEOPLE[2], requestId: ERASURE });
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    const state = (await (await call('dpo', 'GET', `/v1/requests/${ERASURE}`)).json()) as { status: string };
    if (state.status === 'closed') break;
    await new Promise((next) => setTimeout(next, 100));
  }
  expect(await api.stop()).toBe(0); // sends what it still had
}, 60_000);
afterAll(() => {
  receiver.close();
  folders.remove();
});

const named = (name: string): ReceivedSpan => {
  const span = receiver.spans.find((one) => one.name === name);
  if (span === undefined) throw new Error(`no span ${name}`);
  return span;
};
const traceOf = ({ traceId }: ReceivedSpan) => receiver.spans.filter((span) => span.traceId === traceId);
const factOf = ({ attributes = [] }: ReceivedSpan, fact: string) =>
  attributes.find(({ key }) => key === fact)?.value.stringValue;

describe('traces', () => {
  it('lead from the call that asks for an erasure to its certificate in the ledger', () => {
    const trace = traceOf(named('POST /v1/requests/erasures'));
    expect([...new Set(trace.map(({ name }) => name))]).toEqual(
      expect.arrayContaining([
        'request.accept',
        'request.quarantine',
        'unlearning.plan',
        'unlearning.rebuild',
        'unlearning.shard',
        'unlearning.aggregator',
        'unlearning.publish',
        'request.erase',
        'request.destroy-keys',
        'request.certify',
        'ledger.append',
        'event-store.append',
        'request.close',
      ]),
    );
    const ids = new Set(trace.map(({ spanId }) => spanId));
    const roots = trace.filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.map(({ name }) => name)).toEqual(['POST /v1/requests/erasures']);
    expect(trace.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId))).toEqual([]);
  });

  it('put the ledger’s entry under the step that certifies', () => {
    const certify = named('request.certify');
    const entry = traceOf(certify).find(
      ({ name, parentSpanId }) => name === 'ledger.append' && parentSpanId === certify.spanId,
    );
    expect(entry).toBeDefined();
    expect(factOf(certify, 'lacuna.request.id')).toBe(ERASURE);
  });

  it('lead from what is ingested to its append, and to the fold that read it', () => {
    const append = traceOf(named('POST /v1/interactions')).find(
      (span) => factOf(span, 'lacuna.event.types') === 'InteractionRecorded',
    )!;
    const folds = receiver.spans.filter(({ name }) => name === 'projections.fold');
    expect(folds.flatMap(({ links = [] }) => links.map(({ spanId }) => spanId))).toContain(append.spanId);
  });

  it('are linked to the trace that a caller is in, and do not belong to it', () => {
    const { links, traceId } = named('POST /v1/interactions');
    expect(links).toMatchObject([CALLER]);
    expect(traceId).not.toBe(CALLER.traceId);
  });

  it('hold nobody’s id', () => {
    for (const person of [PEOPLE[1], PEOPLE[2]]) expect(receiver.text).not.toContain(person);
    expect(receiver.text).not.toContain('"exception');
  });
});
