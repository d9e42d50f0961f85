// Options that the benchmarks share, and how they sum up.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** For parseArgs: --data FOLDER holds the datasets; LACUNA_SHARED/data unless given. */
export const sharedOptions = {
  data: {
    type: 'string',
    default: path.join(process.env.LACUNA_SHARED ?? path.join(root, '../shared'), 'data'),
  },
  runs: { type: 'string', default: '3' },
  threads: { type: 'string', default: '2' },
};

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Of a straight line through the points (least squares): how steep it is, and what it is at `at`. */
export function lineThrough(points, at) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([px]) => px)), mean(points.map(([, py]) => py))];
  const slope =
    points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0) /
    points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  return { slope, value: y + slope * (at - x) };
}
