import type { CataloguedItem } from '../ingest-state.js';
import { SeededRandom } from './random.js';
import { GENRES, inventItems, Shelf, type SyntheticItem } from './synthetic-items.js';

export interface SyntheticOptions {
  readonly users?: number;
  readonly items?: number;
  readonly interactions?: number;
  readonly seed?: string;
}

/** One made-up rating of a made-up person. */
export interface SyntheticRow {
  readonly subject: string;
  readonly item: string;
  readonly type: 'rating';
  /** Seconds since 1970. */
  readonly time: number;
  /** 1 … 5. */
  readonly value: number;
}

export interface SyntheticDataset {
  readonly items: readonly CataloguedItem[];
  /** Starts from the first row at each call; rows come person by person, each person's in order of time. */
  rows(): Generator<SyntheticRow>;
}

const MOVIELENS_1M = { users: 6_040, items: 3_706, interactions: 1_000_209 };
const MIN_A_PERSON = 20; // as in MovieLens-1M
const FIRST_TIME = Date.UTC(2000, 3, 25) / 1000;
const LAST_TIME = Date.UTC(2003, 1, 28) / 1000;

/**
 * A dataset of MovieLens-1M's shape that nobody ever lived: power-law popularity and activity, 18 genres, people with a few favourite
 * genres and a favourite era, so that there is something to learn. The same options always give the same rows, on every machine:
 * only additions, multiplications and divisions of doubles.
 *
 * @throws RangeError when so many distinct pairs cannot be drawn
 */
export function syntheticDataset(options: SyntheticOptions = {}): SyntheticDataset {
  const { users, items, interactions } = { ...MOVIELENS_1M, ...options };
  const seed = options.seed ?? 'lacuna';
  if (users < 1 || items < GENRES.length || interactions < users || interactions > (users * items) / 2)
    throw new RangeError(
      `need ${GENRES.length} items or more, and between users and users × items / 2 interactions`,
    );
  const invented = inventItems(items, new SeededRandom(`${seed}/items`));
  return {
    items: invented.map(({ item, title, categories }) => ({ item, title, categories })),
    rows: () => rows(invented, countsByUser(users, items, interactions, seed), seed),
  };
}

/** How many ratings each person gives: a shifted Zipf law over shuffled ranks, at least 20, at most half the catalogue. */
function countsByUser(users: number, items: number, interactions: number, seed: string): readonly number[] {
  const least = Math.min(MIN_A_PERSON, Math.floor(interactions / users));
  const most = Math.floor(items / 2);
  const ranks = new SeededRandom(`${seed}/activity`).shuffle(
    Array.from({ length: users }, (_, rank) => rank),
  );
  const weights = ranks.map((rank) => 1 / (rank + users / 50 + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = interactions - least * users;
  const counts = weights.map((weight) => Math.min(most, least + Math.floor((spare * weight) / total)));
  let left = interactions - counts.reduce((sum, count) => sum + count, 0);
  for (let user = 0; left > 0; user = (user + 1) % users)
    if (counts[user] < most) {
      counts[user]++;
      left--;
    }
  return counts;
}

function* rows(
  items: readonly SyntheticItem[],
  counts: readonly number[],
  seed: string,
): Generator<SyntheticRow> {
  const everything = new Shelf(
    items.map((_, at) => at),
    items,
  );
  const shelves = GENRES.map((_, genre) => {
    const members = items.flatMap(({ genres }, at) => (genres.includes(genre) ? [at] : []));
    return members.length > 0 ? new Shelf(members, items) : everything;
  });
  const seenBy = new Int32Array(items.length).fill(-1);
  for (const [user, count] of counts.entries()) {
    const random = new SeededRandom(`${seed}/user/${user}`);
    const taste = new Taste(random);
    let time = FIRST_TIME + random.below((LAST_TIME - FIRST_TIME) * 0.75);
    for (let n = 0; n < count; n++) {
      const shelf = random.next() < 0.15 ? everything : shelves[taste.genre(random)];
      const at =
        unseen(shelf, taste, items, seenBy, user, random) ??
        unseen(everything, taste, items, seenBy, user, random)!;
      seenBy[at] = user;
      time = Math.min(
        LAST_TIME,
        time + random.below(60) + (random.below(40) === 0 ? random.below(864_000) : 0),
      );
      const value = taste.rate(items[at], random);
      yield { subject: `viewer-${user + 1}`, item: items[at].item, type: 'rating', time, value };
    }
  }
}

/** By popularity, mostly of the favourite era; when luck fails, the most popular one that is left on the shelf. */
function unseen(
  shelf: Shelf,
  taste: Taste,
  items: readonly SyntheticItem[],
  seenBy: Int32Array,
  user: number,
  random: SeededRandom,
): number | undefined {
  for (let attempt = 0; attempt < 8; attempt++) {
    const at = shelf.draw(random);
    if (seenBy[at] !== user && (items[at].era === taste.era || random.below(3) === 0)) return at;
  }
  return shelf.members.find((at) => seenBy[at] !== user);
}

/** Three favourite genres in falling preference, and an era. */
class Taste {
  readonly era: number;
  private readonly favourites: readonly number[];

  constructor(random: SeededRandom) {
    this.era = random.below(4);
    this.favourites = [0, 1, 2].map(() => random.below(GENRES.length));
  }

  genre(random: SeededRandom): number {
    const share = random.next();
    return this.favourites[share < 0.5 ? 0 : share < 0.8 ? 1 : 2];
  }

  rate({ genres, era, quality }: SyntheticItem, random: SeededRandom): number {
    const liked = genres.some((genre) => this.favourites.includes(genre)) ? 0.5 : -0.3;
    const mood = random.next() + random.next() - 1;
    const felt = quality + liked + (era === this.era ? 0.2 : 0) + 2 * mood;
    return Math.max(1, Math.min(5, Math.round(felt)));
  }
}
