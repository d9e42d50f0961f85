import { Stack } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { CheckpointView, Page as PageOf } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { TrustPanel } from '../trust/trust-panel.js';
import classes from '../ui/columns.module.css';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { CheckpointsTable } from './checkpoints-table.js';
import { pageOf } from '../ui/page-of-address.js';
import { comparedSizes, withSizes, type ComparedSizes } from './compared-sizes.js';
import { GrowthBetween, GrowthSinceKept } from './growth-panels.js';

const SIZE = 20;

/** Checkpoints with who cosigned them, and whether the log only grew between any two. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const asked = { page: pageOf(address), size: SIZE };
  const checkpoints = useQuery({
    queryKey: ['checkpoints', asked],
    queryFn: () => api.get<PageOf<CheckpointView>>('/v1/explorer/checkpoints', asked),
    placeholderData: keepPreviousData,
  });
  // At once: who types a size and presses the button would otherwise have the sizes before compared.
  const choose = (sizes: ComparedSizes): void =>
    setAddress(withSizes(address, sizes), { replace: true, preventScrollReset: true, flushSync: true });
  const turn = (page: number): void => {
    const next = new URLSearchParams(address);
    next.set('page', String(page));
    setAddress(next);
  };
  return (
    <Page title={t('checkpoints.title')} lead={t('checkpoints.lead')}>
      <Loaded query={checkpoints}>
        {(found) => {
          if (found.total === 0)
            return <Empty title={t('checkpoints.none')}>{t('checkpoints.noneText')}</Empty>;
          const sizes = comparedSizes(address, found.rows);
          return (
            <Stack gap="lg">
              <div>
                <CheckpointsTable
                  checkpoints={found.rows}
                  isStale={checkpoints.isPlaceholderData}
                  sizes={sizes}
                  onChoose={choose}
                />
                <Pager page={found} onChange={turn} />
              </div>
              <div className={classes.columns}>
                <GrowthBetween sizes={sizes} told={found.rows} onChoose={choose} />
                <Stack>
                  <GrowthSinceKept />
                  <TrustPanel />
                </Stack>
              </div>
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
}
