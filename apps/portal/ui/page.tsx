import { Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import classes from './page.module.css';

interface PageProps {
  readonly title: string;
  /** What the page is for, where the title does not say it. */
  readonly lead?: ReactNode;
  /** Small print above the title: where one is. */
  readonly above?: ReactNode;
  readonly actions?: ReactNode;
  /** `text` keeps lines short enough to read; `form` is for one short form. */
  readonly width?: 'wide' | 'text' | 'form';
  readonly children: ReactNode;
}

/** A page: sets the window's title, and takes the focus to its heading when somebody has navigated here. */
export function Page({ title, lead, above, actions, width = 'wide', children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname, key } = useLocation();
  const wasOpenedFirst = key === 'default';
  useEffect(() => {
    document.title = `${title} · Lacuna`;
  }, [title]);
  useEffect(() => {
    if (!wasOpenedFirst) heading.current?.focus();
  }, [pathname]); // a change of filters in the address is no navigation
  return (
    <div className={classes.page} data-width={width}>
      <header className={classes.header}>
        <div className={classes.heading}>
          {above !== undefined && <div className={classes.above}>{above}</div>}
          <Title order={1} ref={heading} tabIndex={-1}>
            {title}
          </Title>
          {lead !== undefined && (
            <Text component="div" c="dimmed" className={classes.lead}>
              {lead}
            </Text>
          )}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
