import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Names under which a dataset's folder may hold its files, the preferred first. */
export const DATASET_FILES = {
  ratings: ['ratings.csv.gz', 'ratings.csv', 'ratings.dat', 'u.data'],
  items: ['items.csv', 'items.csv.gz', 'movies.csv', 'movies.dat', 'u.item'],
  users: ['users.csv', 'users.csv.gz'],
  train: ['train.txt.gz', 'train.txt'],
  test: ['test.txt.gz', 'test.txt'],
} as const;

/** Path of one of a dataset's files; undefined where the folder has none of its names. */
export function datasetFile(folder: string, what: keyof typeof DATASET_FILES): string | undefined {
  const there = new Set(existsSync(folder) ? readdirSync(folder) : []);
  const name = DATASET_FILES[what].find((candidate) => there.has(candidate));
  return name === undefined ? undefined : path.join(folder, name);
}
