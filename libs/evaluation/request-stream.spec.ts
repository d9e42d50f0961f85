import { describe, expect, it } from '@jest/globals';
import { drawsOf } from '#libs/learning';
import { refusalOf } from '#libs/testkit';
import { namedRecords, requestStream, type StreamName, type SubsetName } from './index.js';

const draws = drawsOf('00'.repeat(32))('spec', 'stream');
const ITEMS = ['a', 'b', 'c', 'd', 'e'];

/** Ten people with 1 … 10 records; `spam-0` has most of all. */
const people = new Map(
  [...Array.from({ length: 10 }, (_, at) => [`p${at}`, at + 1] as const), ['spam-0', 20] as const].map(
    ([subject, count]) => [
      subject,
      namedRecords(
        subject,
        Array.from({ length: count }, (_, at) => ({ item: ITEMS[at % 5], type: 'view', time: at, value: 1 })),
        { purpose: 'recommendations' },
      ),
    ],
  ),
);
const categoriesOf = (item: string): string[] => (item === 'a' || item === 'b' ? ['health'] : ['other']);
const streamOf = (kind: StreamName, from: SubsetName, requests = 1000) =>
  requestStream({ people, spam: ['spam-0'], categoriesOf }, { kind, from, requests, draws });
const askers = (kind: StreamName, from: SubsetName): string[] =>
  [...new Set(streamOf(kind, from).map(({ subject }) => subject))].toSorted();

describe('a stream of requests', () => {
  it('comes from the most active fifth, the least active, or two by chance; never from invented people', () => {
    expect(askers('people', 'core')).toEqual(['p8', 'p9']);
    expect(askers('people', 'edge')).toEqual(['p0', 'p1']);
    expect(askers('people', 'random')).toHaveLength(2);
    expect(askers('people', 'random')).not.toContain('spam-0');
  });

  it('withdraws each record once, one a request', () => {
    const stream = streamOf('records', 'core');
    expect(stream).toHaveLength(9 + 10);
    expect(stream.every(({ labels }) => labels?.length === 1)).toBe(true);
    expect(new Set(stream.map(({ labels }) => labels!.join())).size).toBe(19);
  });

  it('withdraws what a person has of the category that most have met', () => {
    // p8 has nine records a b c d e a b c d, p9 one more: four of each are of a or b, and both categories have met both people.
    for (const { labels } of streamOf('category', 'core')) expect(labels).toHaveLength(4);
  });

  it('erases the invented people only, when it is about spam', () => {
    expect(streamOf('spam', 'edge')).toEqual([{ subject: 'spam-0' }]);
  });

  it('is as long as was asked, or as there is something to ask for, and is the same again', () => {
    expect(streamOf('records', 'core', 5)).toHaveLength(5);
    expect(streamOf('records', 'core', 5)).toEqual(streamOf('records', 'core').slice(0, 5));
  });

  it('refuses what nobody can ask for', () => {
    const nobody = { people, spam: [], categoriesOf: () => [] };
    for (const kind of ['spam', 'category'] as const)
      expect(refusalOf(() => requestStream(nobody, { kind, from: 'core', requests: 1, draws }))).toBe(
        'STREAM_EMPTY',
      );
  });
});
