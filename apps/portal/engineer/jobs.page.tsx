import { Badge, Button, Progress, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient, keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { JobPart, JobView, Page as PageOf } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useLive } from '../api/use-live.js';
import { useFormat } from '../i18n/format.js';
import { useAnnounce } from '../ui/announcer.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { pageOf } from '../ui/page-of-address.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';
import { doneOf, isMoving, shareOf, withJob } from './job-news.js';

const SIZE = 25;
const AGAIN = 2_000; // ms
const MOST_PARTS = 6;
const COLOURS: Readonly<Record<JobView['state'], string>> = {
  running: 'ink',
  waiting: 'yellow',
  published: 'green',
  abandoned: 'red',
};

/** Trainings and rebuilds, newest first, as they go on. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const asked = { page: pageOf(address), size: SIZE };
  const key = ['jobs', asked];
  const jobs = useQuery({
    queryKey: key,
    queryFn: () => api.get<PageOf<JobView>>('/v1/engine/jobs', asked),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (isMoving(state.data) ? AGAIN : false),
  });
  const live = useLive<PageOf<JobView>, JobView>('/v1/engine/jobs/events', key, withJob);
  return (
    <Page title={t('jobs.title')} lead={t('jobs.lead')} actions={<Train />}>
      <Text size="sm" c="dimmed" mb="sm" aria-live="polite">
        {t(`jobs.live.${live}`)}
      </Text>
      <Loaded query={jobs}>
        {(found) =>
          found.total === 0 ? (
            <Empty title={t('jobs.none')}>{t('jobs.noneText')}</Empty>
          ) : (
            <>
              <Jobs jobs={found.rows} isStale={jobs.isPlaceholderData} />
              <Pager page={found} onChange={(page) => setAddress({ page: String(page) })} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Train() {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const client = useQueryClient();
  const train = useMutation({
    mutationFn: () => api.post<{ readonly version: number }>('/v1/models/train'),
    onSuccess: ({ version }) => {
      announce(t('jobs.trained', { version }));
      void client.invalidateQueries();
    },
  });
  return (
    <>
      <Button variant="default" loading={train.isPending} onClick={() => train.mutate()}>
        {t('jobs.train')}
      </Button>
      {train.isError && <ProblemNotice error={train.error} />}
    </>
  );
}

function Jobs({ jobs, isStale }: { readonly jobs: readonly JobView[]; readonly isStale: boolean }) {
  const { t } = useTranslation();
  const { dateTime, duration } = useFormat();
  return (
    <TableFrame label={t('jobs.title')} isStale={isStale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('lines.column.version')}</Table.Th>
          <Table.Th className={tableClasses.wide}>{t('lines.column.reason')}</Table.Th>
          <Table.Th>{t('lines.column.state')}</Table.Th>
          <Table.Th>{t('jobs.shards')}</Table.Th>
          <Table.Th className={tableClasses.end}>{t('lines.column.seconds')}</Table.Th>
          <Table.Th className={`${tableClasses.end} ${tableClasses.wide}`}>{t('jobs.planned')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <Table.Tr key={job.rebuildId}>
            <Table.Td>{t('ledger.versionOf', { line: job.line, version: job.version })}</Table.Td>
            <Table.Td className={tableClasses.wide}>
              {t(`lines.reason.${job.reason}`)}
              {job.requests.length > 0 && (
                <span className={tableClasses.muted}>
                  {' '}
                  ({t('lines.requestCount', { count: job.requests.length })})
                </span>
              )}
            </Table.Td>
            <Table.Td>
              <Badge color={COLOURS[job.state]}>{t(`jobs.state.${job.state}`)}</Badge>
            </Table.Td>
            <Table.Td miw={110}>
              <ShardsDone job={job} />
            </Table.Td>
            <Table.Td className={tableClasses.end}>
              {job.seconds !== undefined && duration(job.seconds)}
            </Table.Td>
            <Table.Td className={`${tableClasses.end} ${tableClasses.wide}`}>
              <time dateTime={job.plannedAt}>{dateTime(job.plannedAt)}</time>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableFrame>
  );
}

function ShardsDone({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  if (job.state !== 'running' && job.state !== 'waiting') return job.shards.join(', ');
  const words = t('replay.progress', { done: job.shardsDone.length, of: job.shards.length });
  return (
    <>
      <Progress value={doneOf(job) * 100} aria-label={words} />
      <span className={tableClasses.muted}>{words}</span>
      <Parts parts={job.parts ?? []} />
    </>
  );
}

/** What is being made now: how far it is, by which worker, and when that was last heard of. */
function Parts({ parts }: { readonly parts: readonly JobPart[] }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const begun = parts.filter(({ state }) => state === 'active');
  const waiting = parts.length - begun.length;
  if (parts.length === 0) return null;
  return (
    <ul className={tableClasses.muted} aria-label={t('jobs.parts')}>
      {begun.slice(0, MOST_PARTS).map((one) => (
        <li key={one.part}>
          <Part part={one} />
        </li>
      ))}
      {begun.length > MOST_PARTS && <li>{t('jobs.more', { shown: number(begun.length - MOST_PARTS) })}</li>}
      {waiting > 0 && <li>{t('jobs.partsWaiting', { count: waiting, shown: number(waiting) })}</li>}
    </ul>
  );
}

function Part({ part: one }: { readonly part: JobPart }) {
  const { t } = useTranslation();
  const { percent, time } = useFormat();
  const { part, worker, rounds, heardAt } = one;
  return [
    part === 'aggregator' ? t('jobs.aggregator') : t('jobs.shard', { shard: part }),
    rounds === undefined ? '' : ` ${percent(shareOf(one))}`,
    worker === undefined ? '' : `, ${worker}`,
    heardAt === undefined ? '' : ` (${t('jobs.heard', { time: time(heardAt) })})`,
  ].join('');
}
