import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '#libs/essentials';

export type BuildErrorCode = 'BUILD_MISSING';

/** The compiled program is not where it should be. */
export class BuildError extends CodedError<BuildErrorCode> {}

/** The folder that holds package.json, from the sources and from dist/ alike. */
export function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

/** A file of the compiled program. @throws BuildError BUILD_MISSING */
export function builtFile(relative: string): string {
  const file = path.join(packageRoot(), 'dist', relative);
  if (!existsSync(file))
    throw new BuildError('BUILD_MISSING', `dist/${relative} is missing`, {
      facts: { file: relative },
      nextStep: 'Run `npm run build`.',
    });
  return file;
}

/** SHA-256 over the code that decides a model's bytes, hex; what a genesis calls `codeDigest` (DESIGN §4.8). */
export function trainingCodeDigest(): string {
  const { codeDigest } = JSON.parse(readFileSync(builtFile('code-digest.json'), 'utf8')) as {
    codeDigest: string;
  };
  return codeDigest;
}

/** Version of this program, as package.json says. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
