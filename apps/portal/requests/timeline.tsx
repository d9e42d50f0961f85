import { useTranslation } from 'react-i18next';
import type { RequestEvent } from '#libs/contracts';
import type { TimelineEntry } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import type messages from '../messages/en.json';
import classes from './timeline.module.css';

/** Everything that the server tells of; a type without words in `messages/` does not compile. */
type KnownEvent = RequestEvent['type'] | 'LegalHoldPlaced';
type StaffEvent = keyof typeof messages.request.staffEvent;

interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
  /** Who reads it: the person is “you” to themselves only. */
  readonly viewer?: 'subject' | 'staff';
}

/** The story of a request, the latest first. */
export function Timeline({ entries, viewer = 'subject' }: TimelineProps) {
  const { t, i18n } = useTranslation();
  const { dateTime } = useFormat();
  const words = (event: string): string => {
    const own = `request.staffEvent.${event}`;
    if (viewer === 'staff' && i18n.exists(own)) return t(`request.staffEvent.${event as StaffEvent}`);
    return i18n.exists(`request.event.${event}`)
      ? t(`request.event.${event as KnownEvent}`)
      : t('request.otherEvent', { event });
  };
  const actor = (name: string): string => {
    if (name === 'subject' && viewer === 'staff') return t('request.actor.thePerson');
    return name === 'subject' || name === 'system'
      ? t(`request.actor.${name}`)
      : t('request.actor.staff', { name });
  };
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
