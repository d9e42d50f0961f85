import { describe, expect, it } from '@jest/globals';
import { Meters } from '#platform/metrics';
import { WorkerMeters } from './worker-meters.js';

describe('the metrics of a worker', () => {
  it('tell its jobs by kind, and how it stands, and name no job', async () => {
    const meters = new WorkerMeters(new Meters());
    meters.watch({ activeJobs: 1, isReachable: async () => false });
    const job = { id: 'f00d', rebuildId: 'main-v7', part: 'shard-3' } as const;
    meters.hear({ ...job, state: 'begun' });
    meters.hear({ ...job, state: 'done', seconds: 2 });
    const text = await meters.meters.text();
    for (const line of [
      'lacuna_worker_jobs_total{part="shard",state="done"} 1',
      'lacuna_worker_job_duration_seconds_sum{part="shard"} 2',
      'lacuna_worker_active_jobs 1',
      'lacuna_worker_queue_reachable 0',
    ])
      expect(text).toContain(line);
    expect(text).not.toMatch(/f00d|main-v7|shard-3/);
  });
});
