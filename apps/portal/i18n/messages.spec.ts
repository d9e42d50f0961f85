import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { askedIn, askedName, gapsOf, keysOf, type Messages } from './message-keys.js';

const portal = fileURLToPath(new URL('..', import.meta.url));
const messagesOf = (locale: string) =>
  keysOf(JSON.parse(readFileSync(join(portal, 'messages', `${locale}.json`), 'utf8')) as Messages);
const [en, de] = ['en', 'de'].map(messagesOf);

const sources = readdirSync(portal, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.spec.ts'))
  .map((file) => readFileSync(join(portal, file), 'utf8'));

describe('the messages', () => {
  it('have the same keys in English and German', () => {
    expect([...de.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it('fill the same gaps in both', () => {
    for (const [key, text] of en)
      expect({ key, gaps: gapsOf(de.get(key)!) }).toEqual({ key, gaps: gapsOf(text) });
  });

  it('are all asked for', () => {
    const asked = sources.flatMap(askedIn);
    const isAsked = (key: string) => asked.some((pattern) => pattern.test(key));
    expect([...en.keys()].map(askedName).filter((key) => !isAsked(key))).toEqual([]);
  });

  it('are all there', () => {
    const groups = new Set([...en.keys()].map((key) => key.split('.')[0]));
    const known = new Set([...en.keys()].map(askedName));
    const missing = sources
      .flatMap((source) => [...source.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key]) => key))
      .filter((key) => groups.has(key.split('.')[0]) && !known.has(key));
    expect(missing).toEqual([]);
  });

  it('say something', () => {
    for (const [key, text] of [...en, ...de])
      expect({ key, blank: text.trim() === '' }).toEqual({ key, blank: false });
  });
});

describe('what a source asks for', () => {
  const asks = (source: string, key: string) => askedIn(source).some((pattern) => pattern.test(key));

  it('is found where it is written out, chosen, or put together', () => {
    expect(asks("t('common.retry')", 'common.retry')).toBe(true);
    expect(asks("t(copied ? 'common.copied' : 'common.copy')", 'common.copy')).toBe(true);
    expect(asks('t(`phase.${request.phase}.name`)', 'phase.in-review.name')).toBe(true);
  });

  it('is not more than that', () => {
    expect(asks('t(`phase.${request.phase}.name`)', 'phase.in-review.text')).toBe(false);
    expect(asks('t(`phase.${request.phase}`)', 'phase.in.review')).toBe(false);
  });
});
