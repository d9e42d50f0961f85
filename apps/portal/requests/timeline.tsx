import { useTranslation } from 'react-i18next';
import type { TimelineEntry } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import type messages from '../messages/en.json';
import classes from './timeline.module.css';

type KnownEvent = keyof typeof messages.request.event;

/** The story of a request, the latest first. */
export function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  const { t, i18n } = useTranslation();
  const { dateTime } = useFormat();
  const words = (event: string): string =>
    i18n.exists(`request.event.${event}`)
      ? t(`request.event.${event as KnownEvent}`)
      : t('request.otherEvent', { event });
  const actor = (name: string): string =>
    name === 'subject' || name === 'system' ? t(`request.actor.${name}`) : t('request.actor.staff', { name });
  return (
    <ol className={classes.timeline} aria-label={t('request.timeline')}>
      {[...entries].reverse().map(({ at, event, actor: name }, index) => (
        <li key={`${at} ${event} ${index}`}>
          <time dateTime={at}>{dateTime(at)}</time>
          <span>
            {words(event)} <span className={classes.actor}>{actor(name)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
