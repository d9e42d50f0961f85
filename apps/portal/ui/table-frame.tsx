import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './table-frame.module.css';

interface TableFrameProps {
  readonly label: string;
  /** Another page is on its way. */
  readonly isStale?: boolean;
  readonly children: ReactNode;
}

/**
 * A table in its frame. What has the class `wide` is left out on narrow screens, where `narrow` takes its place, or `short` in the line; `end` is set to the right, `number`
 * has digits of one width.
 */
export function TableFrame({ label, isStale = false, children }: TableFrameProps) {
  return (
    <div
      className={classes.frame}
      data-stale={isStale || undefined}
      aria-busy={isStale}
      role="group"
      aria-label={label}
      tabIndex={0} // what is wider than the screen is scrolled by keys, too
    >
      <Table className={classes.table}>{children}</Table>
    </div>
  );
}
