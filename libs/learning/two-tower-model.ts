import type { TwoTowerConfig } from '#libs/contracts';
import { ScoringTable, TwoTowers } from '#libs/kernels';
import type { Tensor } from './safetensors.js';
import type { OpenSubModel, Opening, Person } from './sub-model.js';
import { categoryTable, parametersOf, shapeOf } from './two-tower-parameters.js';
import { peopleIn, rowFinder } from './two-tower-people.js';
import { supportOf } from './two-tower-support.js';

type PersonOf = (person: Person) => Float32Array | undefined;

/**
 * A shard's towers, ready to be asked. The outputs of the item tower are computed once; a person is adapted to a few of their present
 * records, from their own row or the shared one, each time they ask, and nothing of it is kept (DESIGN §4.7). Where the item tower is
 * adapted, too, all items are computed anew for each question, and there are no factors that others could mix. Where every person has a
 * row, there is nothing to say of one without.
 */
export function openTwoTower(tensors: readonly Tensor[], opening: Opening<TwoTowerConfig>): OpenSubModel {
  const { config } = opening;
  const people = config.people === 'rows' ? peopleIn(tensors) : 1;
  const features = opening.features.length;
  const shape = shapeOf(config, categoryTable(opening.categories), { people, features });
  const parameters = parametersOf(tensors, shape);
  if (parameters.every((value) => value === 0)) return { score: () => undefined };
  const towers = new TwoTowers(
    shape,
    { episodes: 1, slots: config.support, support: 0, query: 0, features },
    config,
  );
  towers.write(parameters);
  const items = towers.itemOutputs();
  const dimensions = config.itemLayers[config.itemLayers.length - 1];
  const mean = meanRow(items, dimensions);
  const ask = asking(tensors, opening);
  const table = new ScoringTable(items, dimensions);
  if (config.training === 'fomaml-both')
    return {
      score: (whom) =>
        ask(whom, (row, support) => {
          const adapted = towers.personAndItems(row, featuresOf(whom), Uint32Array.from(support), mean);
          table.replace(adapted.items);
          return table.scores(adapted.person);
        }),
    };
  const person: PersonOf = (whom) =>
    ask(whom, (row, support) =>
      towers.person(row, featuresOf(whom), rowsOf(items, support, dimensions), mean),
    );
  const score: PersonOf = (whom) => {
    const output = person(whom);
    return output && table.scores(output);
  };
  return { score, factors: { dimensions, items, person } };
}

/** A question about a person becomes one about a row and what the model adapts to; undefined where the person has no row. */
type Asking = (
  whom: Person,
  answer: (row: number, support: readonly number[]) => Float32Array,
) => Float32Array | undefined;

function asking(tensors: readonly Tensor[], opening: Opening<TwoTowerConfig>): Asking {
  const { config, draw } = opening;
  const find = config.people === 'rows' ? rowFinder(tensors, draw) : () => 0;
  return (whom, answer) => {
    const row = find(whom.subject ?? '');
    if (row === undefined) return undefined;
    return answer(row, config.training === 'plain' ? [] : supportOf(whom, opening, config));
  };
}

function featuresOf({ features = new Uint32Array() }: Person): Uint32Array {
  return features;
}

/** Mean over the catalogue, the items in order; in training the pool of negatives stands for it. */
function meanRow(items: Float32Array, width: number): Float32Array {
  const mean = new Float32Array(width);
  for (let at = 0; at < items.length; at++) mean[at % width] += items[at];
  return mean.map((sum) => sum / (items.length / width));
}

function rowsOf(table: Float32Array, rows: readonly number[], width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, at) => gathered.set(table.subarray(row * width, (row + 1) * width), at * width));
  return gathered;
}
