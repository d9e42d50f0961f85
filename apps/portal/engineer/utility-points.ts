import type { UtilityFigure, UtilityOfPeople, Withheld } from '#libs/contracts';
import type { MeasuredVersion, VersionView } from '#libs/portal-contract';

/** What a chart shows; the variance of shards is of another scale. */
export const FIGURES = ['hr10', 'ndcg10', 'activityGap'] as const;
export type FigureName = (typeof FIGURES)[number];

/** A version with what it came to; without figures where it was not measured, or nothing is said of so few people. */
export type UtilityPoint = { readonly version: number } & {
  readonly [Name in FigureName | `${FigureName}Half`]?: number;
};

/** All versions, so that the chart of costs above has the same ones in the same places. */
export function utilityPoints(
  versions: readonly Pick<VersionView, 'version'>[],
  measured: readonly MeasuredVersion[],
): UtilityPoint[] {
  const known = new Map(measured.map((one) => [one.version, one]));
  return versions.map(({ version }) => {
    const one = known.get(version);
    return one === undefined ? { version } : { version, ...pointOf(one) };
  });
}

/** A figure of a group, or why there is none. */
export function figureOf(
  group: UtilityOfPeople | Withheld,
  name: keyof UtilityOfPeople,
): UtilityFigure | Withheld {
  return 'withheld' in group ? group : group[name];
}

function pointOf({ overall, activityGap }: MeasuredVersion): Omit<UtilityPoint, 'version'> {
  const figures: Record<FigureName, UtilityFigure | Withheld> = {
    hr10: figureOf(overall, 'hr10'),
    ndcg10: figureOf(overall, 'ndcg10'),
    activityGap,
  };
  return Object.fromEntries(
    FIGURES.flatMap((name) => {
      const figure = figures[name];
      return 'withheld' in figure
        ? []
        : [
            [name, figure.value],
            [`${name}Half`, figure.halfWidth],
          ];
    }),
  );
}
