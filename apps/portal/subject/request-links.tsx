import { IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RequestDetail } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { isOver, progressOf, standingOf } from '../requests/progress.js';
import { StandingBadge } from '../requests/standing-badge.js';
import classes from './request-links.module.css';

/** A person's requests, each with how it stands. */
export function RequestLinks({ requests }: { readonly requests: readonly RequestDetail[] }) {
  return (
    <ul className={classes.list}>
      {requests.map((request) => (
        <li key={request.requestId}>
          <Link to={`/me/requests/${request.requestId}`} className={classes.link}>
            <span className={classes.what}>
              <RequestLine request={request} />
            </span>
            <StandingBadge standing={standingOf(request)} />
            <IconChevronRight size={18} aria-hidden />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function RequestLine({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const { date, number } = useFormat();
  const { kind, records, clock, parts } = request;
  const standing = standingOf(request);
  const { done, of } = progressOf(parts);
  const facts = [
    t('request.receivedOn', { date: date(clock.receivedAt) }),
    ...(records === undefined ? [] : [t('request.records', { count: records, shown: number(records) })]),
    ...(isOver(standing) ? [] : [t('request.dueOn', { date: date(clock.dueAt) })]),
    ...(standing === 'partly-done' ? [t('request.partsDone', { done: number(done), of: number(of) })] : []),
  ];
  return (
    <>
      <span className={classes.kind}>{t(`request.kind.${kind}.name`)}</span>
      <span className={classes.facts}>{facts.join(' · ')}</span>
    </>
  );
}
