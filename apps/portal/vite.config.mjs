// The portal as files that any web server can hand out: dist/apps/portal. It compiles libs from their sources, under the names that they have everywhere.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(path.dirname(here));

export default defineConfig({
  root: here,
  resolve: {
    alias: [{ find: /^#libs\/(.+)$/, replacement: path.join(root, 'libs/$1/index.ts') }],
  },
  worker: { format: 'es' },
  build: {
    outDir: path.join(root, 'dist/apps/portal'),
    emptyOutDir: true,
    manifest: true, // tools/build-portal.mjs counts by it what a page loads
    sourcemap: false,
    assetsInlineLimit: 0, // the server's policy lets nothing in from data: addresses
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { moduleLevelDirective: false }, // libraries say 'use client', which means nothing without a server that renders
      treeshake: { moduleSideEffects: [{ test: /\/libs\/.+\.ts$/, sideEffects: false }] }, // they are pure: a page gets what it uses of them
    },
  },
  server: {
    // `LACUNA_API=http://127.0.0.1:8080 npx vite apps/portal` develops against a running server
    proxy: Object.fromEntries(
      ['/v1', '/ledger'].map((prefix) => [prefix, process.env.LACUNA_API ?? 'http://127.0.0.1:8080']),
    ),
  },
});
