import { Alert, Anchor, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { RequestDetail } from '#libs/portal-contract';
import type { LiveState } from '../api/use-live.js';
import { useFormat } from '../i18n/format.js';
import { PartsList } from '../requests/parts-list.js';
import { isOver, standingOf } from '../requests/progress.js';
import { RefusedList } from '../requests/refused-list.js';
import classes from '../requests/request-columns.module.css';
import { LinkFor } from '../shell/link-for.js';
import { StandingPanel } from '../requests/standing-panel.js';
import { Timeline } from '../requests/timeline.js';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { ActionsPanel } from './actions-panel.js';
import { CertificateLinks } from './certificate-links.js';
import { Deadline } from './deadline.js';
import { LettersPanel } from './letters-panel.js';
import { useStaffRequest } from './queries.js';
import { StaffPreview } from './staff-preview.js';

/** One request for whoever decides on it: what it is, what it would do, what has happened, what can be done. */
export function Component() {
  const { t } = useTranslation();
  const { requestId } = useParams() as { requestId: string };
  const { query, live } = useStaffRequest(requestId);
  const kind = query.data?.kind;
  return (
    <Page
      key={requestId}
      title={kind === undefined ? t('requestPage.title') : t(`officer.kind.${kind}`)}
      above={
        <Anchor component={Link} to="/officer/requests" size="sm">
          {t('queue.title')}
        </Anchor>
      }
    >
      <Loaded query={query}>{(request) => <Request request={request} live={live} />}</Loaded>
    </Page>
  );
}

function Request({ request, live }: { readonly request: RequestDetail; readonly live: LiveState }) {
  const { t } = useTranslation();
  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <Status request={request} live={live} />
        {request.duplicates.length > 0 && <Duplicates of={request} />}
        {!isOver(standingOf(request)) && request.records === undefined && (
          <StaffPreview requestId={request.requestId} />
        )}
        <CertificateLinks request={request} />
      </div>
      <aside className={classes.aside} aria-label={t('requestPage.facts')}>
        <RequestFacts request={request} />
        <ActionsPanel request={request} />
      </aside>
      <div className={classes.rest}>
        <section>
          <Title order={2} mb="xs">
            {t('request.timeline')}
          </Title>
          <Timeline entries={request.timeline} viewer="staff" />
        </section>
        <LettersPanel request={request} />
      </div>
    </div>
  );
}

function Status({ request, live }: { readonly request: RequestDetail; readonly live: LiveState }) {
  const { t } = useTranslation();
  const { holds, refusedBecause, statement, parts } = request;
  return (
    <StandingPanel
      request={request}
      live={live}
      wordsOf={(standing) => t(`officer.standingText.${standing}`)}
    >
      {holds.length > 0 && (
        <Alert color="yellow" title={t('officer.held', { count: holds.length })}>
          <Anchor component={Link} to="/officer/holds">
            {t('officer.toHolds')}
          </Anchor>
        </Alert>
      )}
      {statement !== undefined && <blockquote className={classes.statement}>{statement}</blockquote>}
      {parts.length > 0 && <PartsList parts={parts} isExplained={false} />}
      {refusedBecause !== undefined && (
        <Text size="sm">
          {t('officer.refusedBecause')} <code>{refusedBecause}</code>
        </Text>
      )}
      <RefusedList request={request} />
    </StandingPanel>
  );
}

function Duplicates({ of: { duplicates } }: { readonly of: RequestDetail }) {
  const { t } = useTranslation();
  return (
    <Alert color="gray" title={t('officer.duplicates', { count: duplicates.length })}>
      {duplicates.map((requestId) => (
        <Anchor key={requestId} component={Link} to={`/officer/requests/${requestId}`} mr="sm">
          <code>{requestId.slice(0, 8)}</code>
        </Anchor>
      ))}
      <Text size="sm" mt="xs">
        {t('officer.duplicatesText')}
      </Text>
    </Alert>
  );
}

function RequestFacts({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const { requestId, ground, channel, regime, clock, records, retained, approvals, closedAt, certificate } =
    request;
  const isOpen = !isOver(standingOf(request));
  return (
    <Facts
      of={[
        [t('requestPage.due'), isOpen ? <Deadline key="due" clock={clock} /> : undefined],
        [
          t('requestPage.number'),
          <Digest key="id" value={requestId} of={t('requestPage.number')} shown={13} />,
        ],
        [t('officer.fact.ground'), t(`officer.ground.${ground}`)],
        [t('officer.fact.channel'), t(`officer.channel.${channel}`, { defaultValue: channel })],
        [t('officer.fact.regime'), t(`officer.regime.${regime}`)],
        [t('requestPage.received'), dateTime(clock.receivedAt)],
        [t('officer.fact.grace'), clock.graceUntil && dateTime(clock.graceUntil)],
        [t('requestPage.records'), records === undefined ? undefined : number(records)],
        [t('requestPage.retained'), retained === undefined ? undefined : number(retained)],
        [
          t('requestPage.approvals'),
          approvals.needed > 0
            ? t('request.doneOf', { done: number(approvals.given), of: number(approvals.needed) })
            : undefined,
        ],
        [t('requestPage.closed'), closedAt && dateTime(closedAt)],
        [
          t('requestPage.ledgerEntry'),
          certificate && (
            <LinkFor key="entry" roles={['auditor', 'admin']} to={`/audit/ledger/${certificate.ledgerIndex}`}>
              {number(certificate.ledgerIndex)}
            </LinkFor>
          ),
        ],
      ]}
    />
  );
}
