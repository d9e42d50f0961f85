import { Alert, Anchor, Badge, Button, Paper, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { ReplayView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useLive } from '../api/use-live.js';
import { useFormat } from '../i18n/format.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { TableFrame } from '../ui/table-frame.js';
import { JsonBlock } from '../ui/json-block.js';
import { useWordsOf } from '../ui/use-problem-words.js';
import { ReplayBadge } from './replay-badge.js';
import { progressOf } from './replay-progress.js';

/** A replay as it goes on: what each shard was certified as, and what training on the rest gives. */
export function Component() {
  const { t } = useTranslation();
  const { replayId = '' } = useParams();
  const key = ['replay', replayId];
  const path = `/v1/explorer/replays/${encodeURIComponent(replayId)}`;
  const replay = useQuery({ queryKey: key, queryFn: () => api.get<ReplayView>(path) });
  const isOpen = replay.data !== undefined && !progressOf(replay.data).isOver;
  useLive<ReplayView>(isOpen ? `${path}/events` : undefined, key);
  return (
    <Page
      title={t('replay.title')}
      above={
        <Anchor component={Link} to="/audit/replays" size="sm">
          {t('replay.listTitle')}
        </Anchor>
      }
      lead={t('replay.lead')}
      actions={isOpen && <Cancel path={path} queryKey={key} />}
    >
      <Loaded query={replay}>{(view) => <Replay view={view} />}</Loaded>
    </Page>
  );
}

function Cancel({ path, queryKey }: { readonly path: string; readonly queryKey: readonly string[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.delete(path),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
      {t('replay.cancel')}
    </Button>
  );
}

function Replay({ view }: { readonly view: ReplayView }) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const { isOver, done, of } = progressOf(view);
  return (
    <Stack>
      <Paper component="section" aria-label={t('replay.state')}>
        <Stack gap="sm">
          <div aria-live="polite">
            <Outcome view={view} />
          </div>
          {!isOver && (
            <>
              <Text size="sm">
                {view.stage === undefined ? t('replay.is.queued') : t(`replay.stage.${view.stage}`)}
                {view.events !== undefined && <> · {t('replay.events', { events: number(view.events) })}</>}
              </Text>
              <Progress
                value={of === 0 ? 0 : (done / of) * 100}
                aria-label={t('replay.progress', { done: number(done), of: number(of) })}
                animated
              />
            </>
          )}
          <Facts
            of={[
              [
                t('statement.fact.request'),
                <Anchor
                  key="request"
                  inherit
                  component={Link}
                  to={`/audit/certificates/${view.requestId}`}
                  className="mono"
                >
                  {view.requestId}
                </Anchor>,
              ],
              [t('replay.startedAt'), dateTime(view.startedAt)],
              [t('replay.finishedAt'), view.finishedAt && dateTime(view.finishedAt)],
            ]}
          />
        </Stack>
      </Paper>
      {view.shards.length > 0 && <Shards view={view} />}
      {view.report !== undefined && <JsonBlock title={t('replay.report')} value={view.report} />}
      <Text size="sm" c="dimmed" maw="44rem">
        {t('replay.whose')}
      </Text>
    </Stack>
  );
}

/** In one sentence: how it ended, and where it first went another way. */
function Outcome({ view }: { readonly view: ReplayView }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { firstDivergence: first } = progressOf(view);
  if (view.state === 'matched') return <Alert color="green" title={t('replay.matched')} />;
  return (
    <Stack gap="xs" align="start">
      <ReplayBadge state={view.state} />
      {first !== undefined && (
        <Alert color="red" title={t('replay.divergedIn', { shard: first.shard })} w="100%">
          {first.firstDivergence === undefined
            ? t('replay.divergedAtAll')
            : t('replay.divergedAt', { round: number(first.firstDivergence) })}
          {view.problem !== undefined && view.problem.code === first.divergence && (
            <WordsOf problem={view.problem} />
          )}
          {first.divergence !== undefined && (
            <Text size="xs" c="dimmed" className="mono">
              {first.divergence}
            </Text>
          )}
        </Alert>
      )}
      {view.problem !== undefined && view.problem.code !== first?.divergence && (
        <Problem of={view.problem} isPartial={view.state === 'partial'} />
      )}
    </Stack>
  );
}

type ReplayProblem = NonNullable<ReplayView['problem']>;

/** Of a divergence, beside where it was found. */
function WordsOf({ problem: { code, title: message, nextStep: next } }: { readonly problem: ReplayProblem }) {
  const { title, nextStep } = useWordsOf({ code, message, nextStep: next });
  return (
    <Text size="sm">
      {title}. {nextStep}
    </Text>
  );
}

function Problem({
  of: { code, title: message, nextStep: next },
  isPartial,
}: {
  readonly of: ReplayProblem;
  readonly isPartial: boolean;
}) {
  const { title, nextStep } = useWordsOf({ code, message, nextStep: next });
  return (
    <Alert color={isPartial ? 'yellow' : 'red'} title={title} w="100%">
      {nextStep}
      <Text size="xs" className="mono">
        {code}
      </Text>
    </Alert>
  );
}

const SHARD_COLOURS: Readonly<Record<ReplayView['shards'][number]['state'], string>> = {
  waiting: 'gray',
  running: 'ink',
  matched: 'green',
  diverged: 'red',
  lost: 'yellow',
};

function Shards({ view: { shards } }: { readonly view: ReplayView }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="replay-shards">
      <Title order={2} size="h3" id="replay-shards" mb="xs">
        {t('replay.shards')}
      </Title>
      <TableFrame label={t('replay.shards')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('replay.shard')}</Table.Th>
            <Table.Th>{t('replay.state')}</Table.Th>
            <Table.Th>{t('replay.certified')}</Table.Th>
            <Table.Th>{t('replay.replayed')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shards.map(({ shard, state, certifiedDigest, replayedDigest }) => (
            <Table.Tr key={shard}>
              <Table.Td>{shard}</Table.Td>
              <Table.Td>
                <Badge color={SHARD_COLOURS[state]}>{t(`replay.shardIs.${state}`)}</Badge>
              </Table.Td>
              <Table.Td>
                <Digest value={certifiedDigest} of={t('replay.certified')} shown={12} />
              </Table.Td>
              <Table.Td>
                {replayedDigest !== undefined && (
                  <Digest value={replayedDigest} of={t('replay.replayed')} shown={12} />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </TableFrame>
    </section>
  );
}
