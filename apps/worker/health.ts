import { createServer, type Server } from 'node:http';
import type { JobWorker } from '#stages/training/queue';

/** Answers `GET /health/live` while the process runs, and `GET /health/ready` while the queue answers and no end is near. */
export function serveHealth(
  port: number,
  host: string,
  jobs: Pick<JobWorker, 'isReachable' | 'activeJobs'>,
  isEnding: () => boolean,
): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const isReady = request.url === '/health/live' || (!isEnding() && (await jobs.isReachable()));
      const known = request.url === '/health/live' || request.url === '/health/ready';
      response.writeHead(known ? (isReady ? 200 : 503) : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: isReady ? 'ok' : 'not ready', jobs: jobs.activeJobs }));
    })();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
