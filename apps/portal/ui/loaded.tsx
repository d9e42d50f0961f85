import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNotice } from './problem-notice.js';

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  /** What is shown while nothing has come; grey lines when absent. */
  readonly placeholder?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a query gives; until then that it is coming, or why it does not. */
export function Loaded<T>({ query, placeholder = <Lines />, children }: LoadedProps<T>) {
  const { t } = useTranslation();
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div role="status" aria-label={t('common.loading')}>
      {placeholder}
    </div>
  );
}

function Lines() {
  return (
    <Stack gap="sm" aria-hidden>
      {['70%', '100%', '85%', '40%'].map((width) => (
        <Skeleton key={width} height={18} width={width} />
      ))}
    </Stack>
  );
}
