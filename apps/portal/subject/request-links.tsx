import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { isOver, progressOf, standingOf } from '../requests/progress.js';
import { StandingBadge } from '../requests/standing-badge.js';
import { LinkList } from '../ui/link-list.js';

/** A person's requests, each with how it stands. */
export function RequestLinks({ requests }: { readonly requests: readonly RequestDetail[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <LinkList
      links={requests.map((request) => ({
        to: `/me/requests/${request.requestId}`,
        name: t(`request.kind.${request.kind}.name`),
        text: factsOf(request, t, format).join(' · '),
        aside: <StandingBadge standing={standingOf(request)} />,
      }))}
    />
  );
}

function factsOf(
  request: RequestDetail,
  t: TFunction,
  { date, number }: ReturnType<typeof useFormat>,
): readonly string[] {
  const { records, clock, parts } = request;
  const standing = standingOf(request);
  const { done, of } = progressOf(parts);
  return [
    t('request.receivedOn', { date: date(clock.receivedAt) }),
    ...(records === undefined ? [] : [t('request.records', { count: records, shown: number(records) })]),
    ...(isOver(standing) ? [] : [t('request.dueOn', { date: date(clock.dueAt) })]),
    ...(standing === 'partly-done' ? [t('request.partsDone', { done: number(done), of: number(of) })] : []),
  ];
}
