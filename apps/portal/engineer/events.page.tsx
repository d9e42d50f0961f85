import { Button, Group, Paper, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { EventsView, EventView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { eventAddressOf, eventFilterOf, type EventFilter } from './event-filter.js';
import classes from './events.module.css';

const SIZE = 50;

/** The event log without what is personal in it. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const filter = eventFilterOf(address);
  const events = useQuery({
    queryKey: ['events', filter],
    queryFn: () => api.get<EventsView>('/v1/engine/events', { ...filter, size: SIZE }),
    placeholderData: keepPreviousData,
  });
  const show = (next: EventFilter): void => setAddress(eventAddressOf(next));
  const first: EventFilter = { ...filter, after: undefined };
  return (
    <Page title={t('events.title')} lead={t('events.lead')}>
      <FilterForm key={`${filter.stream} ${filter.type}`} filter={first} onChange={show} />
      <Loaded query={events}>
        {({ rows, next }) => (
          <Stack gap="sm" aria-busy={events.isPlaceholderData}>
            {rows.length === 0 ? (
              <Empty title={t(next === undefined ? 'events.none' : 'events.noneHere')}>
                {t(next === undefined ? 'events.noneText' : 'events.noneHereText')}
              </Empty>
            ) : (
              <ol className={classes.events} aria-label={t('events.title')}>
                {rows.map((event) => (
                  <Event key={event.position} event={event} />
                ))}
              </ol>
            )}
            <Group justify="space-between">
              <Button variant="default" disabled={filter.after === undefined} onClick={() => show(first)}>
                {t('events.toStart')}
              </Button>
              <Button
                variant="default"
                disabled={next === undefined}
                onClick={() => next !== undefined && show({ ...filter, after: next })}
              >
                {t(filter.order === 'newest' ? 'events.older' : 'events.newer')}
              </Button>
            </Group>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Event({
  event: { position, stream, revision, type, recordedAt, data },
}: {
  readonly event: EventView;
}) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  return (
    <li>
      <details>
        <summary>
          <span className={classes.position}>{position}</span>
          <span className={classes.type}>{type}</span>
          <span className={classes.stream}>
            {stream} · {revision}
          </span>
          <time dateTime={recordedAt}>{dateTime(recordedAt)}</time>
        </summary>
        <pre tabIndex={0} aria-label={t('events.data', { type })}>
          {JSON.stringify(data, undefined, 2)}
        </pre>
      </details>
    </li>
  );
}

interface FilterFormProps {
  readonly filter: EventFilter;
  readonly onChange: (filter: EventFilter) => void;
}

function FilterForm({ filter, onChange }: FilterFormProps) {
  const { t } = useTranslation();
  const [stream, setStream] = useState(filter.stream ?? '');
  const [type, setType] = useState(filter.type ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange({ ...filter, stream: stream.trim(), type: type.trim() });
  };
  return (
    <Paper component="form" role="search" onSubmit={submit} mb="md">
      <Group align="end" gap="md">
        <TextInput
          label={t('events.stream')}
          description={t('events.streamHint')}
          value={stream}
          maxLength={200}
          onChange={({ currentTarget }) => setStream(currentTarget.value)}
        />
        <TextInput
          label={t('events.type')}
          description={t('events.typeHint')}
          value={type}
          maxLength={100}
          onChange={({ currentTarget }) => setType(currentTarget.value)}
        />
        <div>
          <Text size="sm" fw={500} id="order-label">
            {t('events.order')}
          </Text>
          <SegmentedControl
            aria-labelledby="order-label"
            value={filter.order}
            data={(['newest', 'oldest'] as const).map((order) => ({
              value: order,
              label: t(`events.${order}`),
            }))}
            onChange={(order) => onChange({ ...filter, order })}
          />
        </div>
        <Button type="submit">{t('events.show')}</Button>
      </Group>
    </Paper>
  );
}
