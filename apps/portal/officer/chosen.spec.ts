import { expect, it } from '@jest/globals';
import { NONE, toggled, togglePage } from './chosen.js';

it('a request is chosen, and left again', () => {
  const one = toggled(NONE, 'a');
  expect([...one]).toEqual(['a']);
  expect([...toggled(one, 'a')]).toEqual([]);
});

it('a page is chosen as a whole, and left as a whole, without touching other pages', () => {
  const some = new Set(['a', 'z']);
  const all = togglePage(some, ['a', 'b']);
  expect([...all].sort()).toEqual(['a', 'b', 'z']);
  expect([...togglePage(all, ['a', 'b'])]).toEqual(['z']);
});
