import type { ReactNode } from 'react';
import classes from './facts.module.css';

interface FactsProps {
  /** Name and value; what is undefined is left out. */
  readonly of: readonly (readonly [string, ReactNode])[];
  /** The names are long: each stands above its value where there is little room. */
  readonly longNames?: boolean;
}

/** Names and values below each other. */
export function Facts({ of, longNames }: FactsProps) {
  return (
    <dl className={classes.facts} data-long-names={longNames || undefined}>
      {of
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
