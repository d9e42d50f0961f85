import { Paper, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';

/** A part of a page, which its title names to assistive technology as well. */
export function Panel({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id}>
      <Title order={2} size="h3" id={id} mb="xs">
        {title}
      </Title>
      {children}
    </Paper>
  );
}
