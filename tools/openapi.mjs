// Writes docs/openapi.json from the routes, over dist. `--check` fails when the committed document is another.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { HashedTokenVerifier } from '#platform/callers';
import { createApi, describeApi } from '../dist/apps/api/create-api.js';
import { openInstallation } from '../dist/apps/installation/index.js';

const file = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'docs/openapi.json');
const folder = mkdtempSync(path.join(tmpdir(), 'lacuna-openapi-'));
const installation = await openInstallation({ folder });
const app = await createApi(installation, new HashedTokenVerifier([]), pino({ enabled: false }));
const document = `${JSON.stringify(describeApi(app), undefined, 2)}\n`;
await app.close();
await installation.close();
rmSync(folder, { recursive: true });

if (!process.argv.includes('--check')) writeFileSync(file, document);
else if (readFileSync(file, 'utf8') !== document) {
  console.error('docs/openapi.json is not what the routes say: run `npm run openapi` and commit it.');
  process.exitCode = 1;
}
