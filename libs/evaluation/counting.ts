import type { NamedDraws } from '#libs/learning';

/** The next draw of a name, in [0, 1). For choosing what is measured, never for what decides a model. */
export type Next = () => number;

/** Takes one draw after the other. */
export function counting(draws: NamedDraws): Next {
  let counter = 0;
  return () => draws.uniform(counter++);
}

/** Uniform among 0 … bound − 1. */
export function below(bound: number, drawn: number): number {
  return Math.floor(drawn * bound);
}
