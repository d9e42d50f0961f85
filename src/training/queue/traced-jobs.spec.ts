import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isReachable, jobsOf } from '#libs/testkit';
import { traced } from '#platform/tracing';
import { ModelRegistry, TrainingPool } from '../index.js';
import { FolderInputs, JobQueue, JobWorker, QueuedTrainer } from './index.js';
import { openRedis, warningsOf } from './redis.js';

const URL = 'redis://127.0.0.1:6379/9';
const describeWithRedis = (await isReachable('Redis', 6379)) ? describe : describe.skip;
const [WORK] = jobsOf({
  items: ['a', 'b', 'c'],
  people: [{ subject: 'p', items: ['a', 'b'] }],
}).map((job) => ({ ...job, checkpoints: [] }));

describeWithRedis('a job of a worker', () => {
  const spans = new InMemorySpanExporter();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lacuna-traced-'));
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register();
  });
  afterAll(async () => {
    trace.disable();
    context.disable();
    await rm(folder, { recursive: true });
  });

  it('is a span of the trace in which the keeper has queued it', async () => {
    const place = { url: URL, installation: randomUUID(), codeDigest: 'c'.repeat(64) };
    const files = new ModelRegistry(path.join(folder, 'models'));
    const inputs = new FolderInputs(path.join(folder, 'jobs'));
    const pool = new TrainingPool({ threads: 1 });
    const trainer = new QueuedTrainer({ queue: new JobQueue(place, { look: 100 }), files, inputs });
    const worker = new JobWorker(place, { pool, files, inputs, concurrency: 1 });
    await worker.start();
    const ticket = { rebuildId: 'main-v1', line: 'main', version: 1 };
    await traced('rebuild', {}, () =>
      trainer.train(WORK, ticket, { map: () => ({ datasetRoot: '0'.repeat(64) }) }),
    );
    await worker.close(0);
    await trainer.close();
    await pool.close();
    const redis = openRedis(URL);
    const left = await redis.keys(`*lacuna-${place.installation}*`);
    if (left.length > 0) await redis.del(...left);
    redis.disconnect();
    const [job, rebuild] = ['training.job', 'rebuild'].map((name) =>
      spans.getFinishedSpans().find((span) => span.name === name)!,
    );
    expect(job.spanContext().traceId).toBe(rebuild.spanContext().traceId);
    expect(job.parentSpanContext?.spanId).toBe(rebuild.spanContext().spanId);
    expect(job.attributes).toEqual({ 'lacuna.rebuild.id': 'main-v1' });
  });
});

describe('a Redis that drops what it holds when its memory is full', () => {
  it.each([
    ['noeviction', []],
    ['allkeys-lru', ['evicts']],
    ['volatile-ttl', ['evicts']],
  ])('is noticed by its policy: %s', async (policy, warnings) => {
    const info = async (): Promise<string> => `used_memory:1\r\nmaxmemory_policy:${policy}\r\n`;
    expect(await warningsOf({ info })).toEqual(warnings);
  });
});
