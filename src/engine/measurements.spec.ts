import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MeasuredUtility } from '#libs/contracts';
import type { ModelLineState } from '#libs/erasure';
import { refusalOfAsync } from '#libs/testkit';
import { InMemoryEventStore } from '#stages/event-store';
import { Measurements } from './measurements.js';
import type { MeasurementNews } from './ports.js';

const NOW = '2026-01-31T10:00:00.000Z';
const FEW = { withheld: 'fewer-than-1000-tested' } as const;
const UTILITY: MeasuredUtility = { overall: FEW, warm: FEW, cold: FEW, activityGap: FEW, shardVariance: FEW };
const QUARANTINE = {
  id: '7f1d9b1e-0000-4000-8000-000000000001',
  type: 'RecordsQuarantined',
  data: { requestId: 'r', subject: 's', kind: 'erasure', labels: [] },
};

/** A run that the test drives. */
interface Run {
  readonly version: number;
  readonly tell: (news: MeasurementNews) => void;
  readonly end: () => void;
  isCancelled: boolean;
}

let runs: Run[];
let begun: () => void;
let store: InMemoryEventStore;
let measurements: Measurements;
beforeEach(() => {
  runs = [];
  begun = () => {};
  store = new InMemoryEventStore();
  measurements = openMeasurements();
});

/** Those of a server that is started on the log as it is. */
function openMeasurements(): Measurements {
  const genesis = { line: 'main', configDigest: 'config', codeDigest: 'code' };
  const line = { genesis, versions: [{ version: 1 }, { version: 2 }] } as unknown as ModelLineState;
  return new Measurements({
    store,
    lines: { get: async () => line, requireSameBuild: () => {} },
    measurer: {
      run: (_, { version }, tell) => {
        let over = (): void => {};
        const ended = new Promise<void>((resolve) => (over = resolve));
        const run: Run = { version, tell, end: () => over(), isCancelled: false };
        runs.push(run);
        begun();
        return {
          ended,
          cancel: () => {
            run.isCancelled = true;
            over();
          },
        };
      },
    },
    now: () => NOW,
  });
}

/** Begins a measurement, and gives the run once there is one. */
async function begin(version: number): Promise<Run> {
  const there = new Promise<void>((resolve) => (begun = resolve));
  await measurements.start('main', version);
  await there;
  return runs.at(-1)!;
}

const versionsRecorded = async (): Promise<unknown[]> => {
  const versions: unknown[] = [];
  for await (const { type, data } of store.readStream('measured-main'))
    if (type === 'UtilityMeasured') versions.push((data as { version: number }).version);
  return versions;
};

describe('measurements of versions', () => {
  it('run one at a time, tell how they get on, and are recorded', async () => {
    const told: unknown[] = [];
    const run = await begin(1);
    measurements.watch((running) => told.push(running?.progress));
    expect(await refusalOfAsync(() => measurements.start('main', 2))).toBe('MEASUREMENT_RUNNING');
    expect(await measurements.start('main', 1)).toMatchObject({ running: { version: 1, startedAt: NOW } });
    run.tell({ kind: 'progress', progress: { stage: 'training', done: 1, of: 3 } });
    run.tell({ kind: 'measured', utility: UTILITY });
    run.end();
    await measurements.idle();
    expect(told[0]).toEqual({ stage: 'training', done: 1, of: 3 });
    expect(told.at(-1)).toBeUndefined();
    expect(await measurements.view('main')).toEqual({
      line: 'main',
      measured: [
        { line: 'main', version: 1, configDigest: 'config', codeDigest: 'code', ...UTILITY, measuredAt: NOW },
      ],
    });
    await measurements.start('main', 1);
    expect(runs.length).toBe(1);
  });

  it('end when records are put out of use, even with a result, which is not recorded', async () => {
    const run = await begin(1);
    await store.append('request-r', [QUARANTINE]);
    run.tell({ kind: 'measured', utility: UTILITY });
    run.end();
    await measurements.idle();
    expect(run.isCancelled).toBe(true);
    expect(await versionsRecorded()).toEqual([]);
    expect(await measurements.view('main')).toMatchObject({
      refused: { version: 1, code: 'MEASUREMENT_OVERTAKEN', nextStep: expect.any(String) },
    });
  });

  it('are not ended by what was put out of use before', async () => {
    await store.append('request-r', [QUARANTINE]);
    const run = await begin(1);
    run.tell({ kind: 'measured', utility: UTILITY });
    run.end();
    await measurements.idle();
    expect(await versionsRecorded()).toEqual([1]);
  });

  it('say why they came to nothing, until one goes well', async () => {
    const first = await begin(1);
    first.tell({ kind: 'refused', code: 'VERSION_NOT_WHOLE', title: 'records are missing' });
    first.end();
    await measurements.idle();
    expect(await measurements.view('main')).toMatchObject({
      refused: { version: 1, code: 'VERSION_NOT_WHOLE' },
    });
    const second = await begin(2);
    expect(await measurements.view('main')).not.toHaveProperty('refused');
    second.end(); // without a result
    await measurements.idle();
    expect(await measurements.view('main')).toMatchObject({ refused: { code: 'MEASUREMENT_FAILED' } });
  });

  it('are cancelled, even with a result, which is not recorded, and can be begun anew', async () => {
    expect(await refusalOfAsync(() => measurements.cancel('main', 1))).toBe('MEASUREMENT_NOT_RUNNING');
    const run = await begin(1);
    expect(await refusalOfAsync(() => measurements.cancel('main', 2))).toBe('MEASUREMENT_NOT_RUNNING');
    run.tell({ kind: 'measured', utility: UTILITY });
    const view = await measurements.cancel('main', 1);
    expect(view).toMatchObject({ measured: [], refused: { version: 1, code: 'MEASUREMENT_CANCELLED' } });
    expect(view).not.toHaveProperty('running');
    expect(run.isCancelled).toBe(true);
    const again = await begin(1);
    again.tell({ kind: 'measured', utility: UTILITY });
    again.end();
    await measurements.idle();
    expect(await versionsRecorded()).toEqual([1]);
    expect(await measurements.view('main')).not.toHaveProperty('refused');
  });

  it('are stopped when the server is, and the next one says so until one is begun anew', async () => {
    const run = await begin(1);
    await measurements.close();
    expect(run.isCancelled).toBe(true);
    measurements = openMeasurements();
    expect(await measurements.view('main')).toMatchObject({
      measured: [],
      refused: { version: 1, code: 'MEASUREMENT_INTERRUPTED', nextStep: expect.any(String) },
    });
    const again = await begin(1);
    expect(await measurements.view('main')).not.toHaveProperty('refused');
    again.tell({ kind: 'measured', utility: UTILITY });
    again.end();
    await measurements.idle();
    expect(await versionsRecorded()).toEqual([1]);
  });

  it('were not interrupted where they came to an end before', async () => {
    await begin(1);
    await measurements.cancel('main', 1);
    measurements = openMeasurements();
    expect(await measurements.view('main')).toEqual({ line: 'main', measured: [] });
  });

  it('are not begun of a version that there is not', async () =>
    expect(await refusalOfAsync(() => measurements.start('main', 3))).toBe('VERSION_UNKNOWN'));
});
