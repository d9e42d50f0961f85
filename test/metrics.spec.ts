import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageRoot } from '#platform/build';
import { Meters, MetricsServer } from '#platform/metrics';
import { WorkerMeters } from '../apps/worker/worker-meters.js';
import { InstallationMeters } from '../apps/api/metrics/index.js';
import { HttpClient } from './support/http-client.js';
import { PEOPLE, populate, TemporaryFolders } from './support/small-installation.js';

const folders = new TemporaryFolders();
const observability = path.join(packageRoot(), 'docker/observability');
const ERASURE = '7f1d9b1e-0000-4000-8000-00000000000a';

let http: HttpClient;
let server: MetricsServer;
let text = '';
let ofWorker = '';

beforeAll(async () => {
  const meters = new InstallationMeters(new Meters());
  http = await HttpClient.open(folders.next(), meters.heard, { meters });
  server = await MetricsServer.listen(meters.meters, { host: '127.0.0.1', port: 0 });
  await populate(http.installation);
  await http.post('admin', '/v1/models/train', {}, 201);
  await http.post('dpo', '/v1/requests/erasures', { subject: PEOPLE[3], requestId: ERASURE }, 202);
  await http.closed(ERASURE);
  await http.call('serve', 'get', `/v1/recommendations/${PEOPLE[3]}`);
  await http.call(undefined, 'get', `/v1/nowhere/${PEOPLE[3]}`);
  text = await (await fetch(server.url)).text();
  const worker = new WorkerMeters(new Meters());
  worker.watch({ activeJobs: 0, isReachable: () => Promise.resolve(true) });
  ofWorker = await worker.meters.text();
});
afterAll(async () => {
  await server.close();
  await http.close();
  folders.remove();
});

const valueOf = (sample: string): number => {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? NaN : Number(line.slice(sample.length + 1).replace('Inf', 'Infinity'));
};

describe('the metrics', () => {
  it('count what was appended, by type', () => {
    expect(valueOf('lacuna_events_appended_total{type="CertificateIssued"}')).toBe(1);
    expect(valueOf('lacuna_events_appended_total{type="ItemCatalogued"}')).toBe(30);
  });

  it('tell how the read models, the requests and the ledger stand', () => {
    expect(valueOf('lacuna_projection_lag_events')).toBe(0);
    expect(valueOf('lacuna_projection_lag_seconds')).toBe(0);
    expect(valueOf('lacuna_request_hours_to_next_deadline')).toBe(Infinity);
    expect(valueOf('lacuna_request_oldest_undestroyed_seconds')).toBe(0);
    expect(valueOf('lacuna_certificates_issued')).toBe(1);
    expect(valueOf('lacuna_request_steps_total{step="destroy-keys"}')).toBe(1);
    expect(valueOf('lacuna_ledger_entries')).toBe(http.installation.ledger.size());
    expect(valueOf('lacuna_ledger_unpublished_entries')).toBe(0);
    expect(valueOf('lacuna_ledger_checkpoint_age_seconds')).toBeGreaterThan(0);
    expect(valueOf('lacuna_rebuild_stage_duration_seconds_count{strategy="ials/mean",stage="shard"}')).toBe(
      2,
    );
    expect(valueOf('lacuna_scrape_failures_total{metric="ledger_entries"}')).toBeNaN();
  });

  it('know routes by their template, and nobody who was asked about', () => {
    const recommendations = 'method="GET",route="/v1/recommendations/:subject",status="404"';
    expect(valueOf(`lacuna_http_request_duration_seconds_count{${recommendations}}`)).toBe(1);
    expect(
      valueOf('lacuna_http_request_duration_seconds_count{method="GET",route="none",status="404"}'),
    ).toBe(1);
    expect(text).not.toContain(PEOPLE[3]);
    expect(text).not.toContain(ERASURE);
  });

  it('are at one path of an address of their own', async () => {
    expect((await fetch(server.url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(404);
    expect((await http.call(undefined, 'get', '/metrics')).status).toBe(404);
  });

  it('are absent and counted where they cannot be measured', async () => {
    const meters = new Meters();
    meters.gauge({ name: 'broken', help: 'x' }, () => Promise.reject(new Error('about ana@example.org')));
    const told = await meters.text();
    expect(told).not.toMatch(/^lacuna_broken /m);
    expect(told).not.toContain('ana@');
    expect(await meters.text()).toMatch(/^lacuna_scrape_failures_total\{metric="broken"\} \d+$/m);
  });
});

describe('the dashboard and the alerts', () => {
  const dashboard = readFileSync(path.join(observability, 'grafana/dashboards/lacuna.json'), 'utf8');
  const alerts = readFileSync(path.join(observability, 'prometheus/alerts.yml'), 'utf8');
  const asked = (file: string) =>
    [...new Set(file.match(/\b(?:lacuna|process|nodejs)_[a-z0-9_]+\b/g))].sort();
  const known = () => new Set([...(text + ofWorker).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const familyOf = (name: string) => name.replace(/_(?:bucket|sum|count)$/, '');

  it.each([
    ['the dashboard', dashboard],
    ['the alerts', alerts],
  ])('%s asks for metrics that there are', (_, file) => {
    expect(asked(file).length).toBeGreaterThan(5);
    expect(asked(file).filter((name) => !known().has(name) && !known().has(familyOf(name)))).toEqual([]);
  });

  it('leave no metric of ours unwatched', () => {
    const watched = new Set(asked(dashboard + alerts).map(familyOf));
    expect([...known()].filter((name) => name.startsWith('lacuna_') && !watched.has(name))).toEqual([]);
  });

  it('has alerts that each say what to do', () => {
    const rules = alerts.split('- alert: ').slice(1);
    expect(rules.length).toBeGreaterThan(9);
    for (const rule of rules)
      expect(rule).toMatch(/expr: .+[\s\S]*severity: \w+[\s\S]*summary: .+[\s\S]*description: .+/);
  });
});
