import { describe, expect, it } from '@jest/globals';
import { drawsOf } from '#libs/learning';
import { refusalOf } from '#libs/testkit';
import { sampledTest, splitDataset, validationSplit, type Split } from './index.js';
import { datasetOf, peopleOf } from './spec-data.js';

const draw = drawsOf('00'.repeat(32));
const itemsOf = (people: Split['train']): Record<string, string[]> =>
  Object.fromEntries([...people].map(([person, records]) => [person, records.map(({ item }) => item)]));
const many = Array.from({ length: 200 }, (_, at) => `i${at}`);

describe('leave-last-one-out', () => {
  const dataset = datasetOf({ ann: ['a', 'b', 'c'], bob: ['b'], cem: ['a', 'c', 'a'] });
  const split = splitDataset(dataset, 'leave-last-one-out', draw);

  it('tests the last record of each person and trains on the others', () => {
    expect(itemsOf(split.train)).toEqual({ ann: ['a', 'b'], bob: ['b'], cem: ['a', 'c'] });
    expect([...split.test]).toEqual([['ann', new Set(['c'])]]);
  });

  it('leaves out of the test whoever has one record, or met the last item before', () => {
    expect(split.leftOut).toBe(2);
  });

  it('is refused where nobody knows the order', () => {
    const unordered = { ...dataset, isInOrder: false };
    expect(refusalOf(() => splitDataset(unordered, 'leave-last-one-out', draw))).toBe('SPLIT_ORDER_UNKNOWN');
  });
});

describe('leave-one-out', () => {
  it('tests one record of each person, whichever comes last, and the same whoever else is there', () => {
    const lists = { ann: many, bob: ['b'] };
    const split = splitDataset(datasetOf(lists, { isInOrder: false }), 'leave-one-out', draw);
    const [found] = split.test.get('ann')!;
    expect(itemsOf(split.train).ann).toEqual(many.filter((item) => item !== found));
    expect(split.leftOut).toBe(1);
    const alone = splitDataset(datasetOf({ ann: many }, { isInOrder: false }), 'leave-one-out', draw);
    expect(alone.test.get('ann')).toEqual(split.test.get('ann'));
    const held = ['00', '11', '22', '33'].map((seed) => {
      const other = splitDataset(datasetOf({ ann: many }), 'leave-one-out', drawsOf(seed.repeat(32)));
      return [...other.test.get('ann')!][0];
    });
    expect(new Set(held).size).toBeGreaterThan(1);
  });
});

describe('the split of the RecEraser authors', () => {
  it('takes the parts that the data has', () => {
    const given = { train: peopleOf({ ann: ['a'] }), test: peopleOf({ ann: ['b', 'a'], bob: ['a'] }) };
    const split = splitDataset(
      datasetOf({ ann: ['a', 'b'] }, { given, isInOrder: false }),
      'receraser',
      draw,
    );
    expect(split).toMatchObject({ kind: 'given', test: new Map([['ann', new Set(['b'])]]), leftOut: 1 });
  });

  it('draws about a fifth of each person’s records where it has none, whoever else is there', () => {
    const alone = splitDataset(datasetOf({ ann: many }), 'receraser', draw);
    const among = splitDataset(datasetOf({ bob: ['i1', 'i2', 'i3'], ann: many }), 'receraser', draw);
    expect(alone.test.get('ann')!.size).toBeGreaterThan(25);
    expect(alone.test.get('ann')!.size).toBeLessThan(55);
    expect(among.test.get('ann')).toEqual(alone.test.get('ann'));
    expect(alone.train.get('ann')!.length + alone.test.get('ann')!.size).toBe(many.length);
  });
});

describe('a split', () => {
  it.each([
    ['of a name nobody knows', 'last', datasetOf({ ann: ['a', 'b'] }), 'SPLIT_UNKNOWN'],
    ['that the data does not have', 'given', datasetOf({ ann: ['a', 'b'] }), 'SPLIT_NOT_GIVEN'],
    ['without items', 'receraser', datasetOf({}), 'CATALOGUE_EMPTY'],
    ['of people with one record each', 'receraser', datasetOf({ ann: ['a'], bob: ['b'] }), 'NOBODY_TO_TEST'],
  ])('%s is refused', (_, name, dataset, code) => {
    expect(refusalOf(() => splitDataset(dataset, name, draw))).toBe(code);
  });

  it('may be tested on fewer people, the same whoever else is there, while all are trained on', () => {
    const lists = Object.fromEntries(many.map((person) => [person, ['a', 'b']]));
    const whole = splitDataset(datasetOf(lists), 'leave-last-one-out', draw);
    const ten = sampledTest(whole, 10, draw);
    expect(ten.test.size).toBe(10);
    expect(ten.train).toBe(whole.train);
    const twenty = sampledTest(whole, 20, draw);
    expect([...twenty.test.keys()]).toEqual(expect.arrayContaining([...ten.test.keys()]));
  });
});

describe('the validation part', () => {
  it('is the last training record where the order is known: the last but one of all', () => {
    const { train, isInOrder } = splitDataset(
      datasetOf({ ann: ['a', 'b', 'c'] }),
      'leave-last-one-out',
      draw,
    );
    const validation = validationSplit({ train, isInOrder }, draw);
    expect(itemsOf(validation.train)).toEqual({ ann: ['a'] });
    expect(validation.test).toEqual(new Map([['ann', new Set(['b'])]]));
  });

  it('is about a tenth of the training records elsewhere', () => {
    const { test } = validationSplit({ train: peopleOf({ ann: many }), isInOrder: false }, draw);
    expect(test.get('ann')!.size).toBeGreaterThan(8);
    expect(test.get('ann')!.size).toBeLessThan(35);
  });
});
