import { IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import classes from './link-list.module.css';

export interface ListedLink {
  readonly to: string;
  readonly name: string;
  readonly text: string;
  /** Beside it, below it on narrow screens. */
  readonly aside?: ReactNode;
}

/** Places to go to, each with a word about it. */
export function LinkList({ links }: { readonly links: readonly ListedLink[] }) {
  return (
    <ul className={classes.list}>
      {links.map(({ to, name, text, aside }) => (
        <li key={to}>
          <Link to={to} className={classes.link} data-aside={aside === undefined ? undefined : true}>
            <span className={classes.what}>
              <span className={classes.name}>{name}</span>
              <span className={classes.text}>{text}</span>
            </span>
            {aside}
            <IconChevronRight size={18} aria-hidden />
          </Link>
        </li>
      ))}
    </ul>
  );
}
