import { Anchor, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { RequestDetail } from '#libs/portal-contract';
import { useSession } from '../api/session.js';
import type { LiveState } from '../api/use-live.js';
import { useFormat } from '../i18n/format.js';
import { KeyCard } from '../receipt/key-card.js';
import { keysOf } from '../receipt/key-ring.js';
import { ReceiptSection } from '../receipt/receipt-section.js';
import { PartsList } from '../requests/parts-list.js';
import { isOver, standingOf } from '../requests/progress.js';
import { RefusedList } from '../requests/refused-list.js';
import classes from '../requests/request-columns.module.css';
import { StandingPanel } from '../requests/standing-panel.js';
import { Timeline } from '../requests/timeline.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { CancelRequest } from './cancel-request.js';
import { Downloads } from './downloads.js';
import { ErasedNotice } from './erased-notice.js';
import { FollowOn } from './follow-on.js';
import { useRequest } from './queries.js';

/** One request as it goes on: for the person, and for whoever follows it by its key. */
export function Component() {
  const { t } = useTranslation();
  const { requestId } = useParams() as { requestId: string };
  const { query, live } = useRequest(requestId);
  const kind = query.data?.kind;
  const title = kind === undefined ? t('requestPage.title') : t(`request.kind.${kind}.name`);
  return (
    <Page key={requestId} title={title} above={<Above />}>
      {query.isError && <FollowOn requestId={requestId} />}
      {query.isError && query.data !== undefined && <ProblemNotice error={query.error} />}
      <Loaded query={query}>{(request) => <Request request={request} live={live} />}</Loaded>
    </Page>
  );
}

function Above() {
  const { t } = useTranslation();
  const { kind } = useSession();
  if (kind !== 'subject') return t('requestPage.followed');
  return (
    <Anchor component={Link} to="/me/requests" size="sm">
      {t('requests.title')}
    </Anchor>
  );
}

function Request({ request, live }: { readonly request: RequestDetail; readonly live: LiveState }) {
  const { t } = useTranslation();
  const keys = keysOf(request.requestId);
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <Status request={request} live={live} />
        {keys !== undefined && <KeyCard keys={keys} />}
        <Downloads request={request} />
        <ReceiptSection request={request} />
        <section>
          <Title order={2} mb="xs">
            {t('request.timeline')}
          </Title>
          <Timeline entries={request.timeline} />
        </section>
      </div>
      <Aside request={request} />
    </div>
  );
}

function Status({ request, live }: { readonly request: RequestDetail; readonly live: LiveState }) {
  const { t } = useTranslation();
  const { parts } = request;
  return (
    <StandingPanel
      request={request}
      live={live}
      wordsOf={(standing) => t(`request.standingText.${standing}`)}
    >
      {request.statement !== undefined && (
        <blockquote className={classes.statement}>{request.statement}</blockquote>
      )}
      {parts.length > 0 && <PartsList parts={parts} />}
      <RefusedList request={request} />
      <ErasedNotice request={request} />
      <CancelRequest request={request} />
    </StandingPanel>
  );
}

function Aside({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const { date, number } = useFormat();
  const { requestId, regime, clock, records, retained, approvals, closedAt, certificate } = request;
  const isOpen = !isOver(standingOf(request));
  return (
    <aside className={classes.aside} aria-label={t('requestPage.facts')}>
      <Facts
        of={[
          [
            t('requestPage.number'),
            <Digest key="id" value={requestId} of={t('requestPage.number')} shown={13} />,
          ],
          [t('requestPage.received'), date(clock.receivedAt)],
          [t('requestPage.due'), isOpen ? date(clock.dueAt) : undefined],
          [t('requestPage.extended'), clock.extended ? t('requestPage.extendedText') : undefined],
          [t('requestPage.suspended'), clock.suspendedSince && t('requestPage.suspendedText')],
          [t('requestPage.records'), records === undefined ? undefined : number(records)],
          [t('requestPage.retained'), retained === undefined ? undefined : number(retained)],
          [
            t('requestPage.approvals'),
            isOpen && approvals.needed > 0
              ? t('request.doneOf', { done: number(approvals.given), of: number(approvals.needed) })
              : undefined,
          ],
          [t('requestPage.closed'), closedAt && date(closedAt)],
          [t('requestPage.ledgerEntry'), certificate && number(certificate.ledgerIndex)],
        ]}
      />
      {isOpen && (
        <Text size="sm" c="dimmed" mt="md">
          {t(`requestPage.dueText.${regime}`)}
        </Text>
      )}
    </aside>
  );
}
