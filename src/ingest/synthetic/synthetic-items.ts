import type { CataloguedItem } from '../ingest-state.js';
import type { SeededRandom } from './random.js';

/** The 18 genres of MovieLens-1M. */
export const GENRES = [
  'Drama',
  'Comedy',
  'Action',
  'Thriller',
  'Romance',
  'Horror',
  'Adventure',
  'Sci-Fi',
  "Children's",
  'Crime',
  'War',
  'Documentary',
  'Musical',
  'Mystery',
  'Animation',
  'Fantasy',
  'Western',
  'Film-Noir',
] as const;

const FIRST_YEARS = [1930, 1960, 1980, 1990]; // of the four eras
const LAST_YEAR = 2000;

export interface SyntheticItem extends CataloguedItem {
  /** Indices into GENRES. */
  readonly genres: readonly number[];
  /** 0 … 3. */
  readonly era: number;
  /** How often it is met, relative to others: a Zipf law over shuffled ranks. */
  readonly popularity: number;
  /** Mean rating of somebody indifferent to its genres. */
  readonly quality: number;
}

export function inventItems(count: number, random: SeededRandom): readonly SyntheticItem[] {
  const ranks = random.shuffle(Array.from({ length: count }, (_, rank) => rank));
  return ranks.map((rank, at) => {
    const genres = inventGenres(at, random);
    const era = random.below(4);
    const year = FIRST_YEARS[era] + random.below((FIRST_YEARS[era + 1] ?? LAST_YEAR + 1) - FIRST_YEARS[era]);
    return {
      item: String(at + 1),
      title: `Film ${at + 1} (${year})`,
      categories: genres.map((genre) => GENRES[genre]).sort(),
      genres,
      era,
      popularity: 1 / (rank + count / 50 + 1),
      quality: 2.5 + 1.2 * random.next() + (rank < count / 10 ? 0.4 : 0),
    };
  });
}

/** One to three genres, the first ones of GENRES more often; the first items make sure that every genre has one. */
function inventGenres(at: number, random: SeededRandom): readonly number[] {
  const skewed = () => Math.floor(random.next() * random.next() * GENRES.length);
  const drawn = Array.from({ length: 1 + random.below(3) }, skewed);
  return [...new Set(at < GENRES.length ? [at, ...drawn] : drawn)];
}

/** Items to draw from by popularity. */
export class Shelf {
  /** Most popular first. */
  readonly members: readonly number[];
  private readonly cumulative: Float64Array;

  constructor(members: readonly number[], items: readonly SyntheticItem[]) {
    this.members = [...members].sort((a, b) => items[b].popularity - items[a].popularity);
    this.cumulative = new Float64Array(members.length);
    let sum = 0;
    this.members.forEach((at, index) => (this.cumulative[index] = sum += items[at].popularity));
  }

  draw(random: SeededRandom): number {
    const target = random.next() * this.cumulative[this.cumulative.length - 1];
    let low = 0;
    let high = this.cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    return this.members[low];
  }
}
