// Lets a process import the stand-ins of test/support, which are TypeScript: `import './typescript.mjs'` first, then import them by name, `….ts`.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
