#!/usr/bin/env node
import { endWhenNobodyReads } from '#platform/terminal';
import { EXIT } from './output.js';
import { run } from './run.js';

endWhenNobodyReads(EXIT.unusable);

process.exitCode = await run(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
});
