import { Button, Modal, NativeSelect, Skeleton, Tabs, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconInbox, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { BulkBody } from '#libs/portal-contract';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { SelectionBar } from '../ui/selection-bar.js';
import { BulkDialog } from './bulk-dialog.js';
import { NONE, type Chosen } from './chosen.js';
import { useQueue } from './queries.js';
import {
  addressOf,
  filterOf,
  isNarrowed,
  KINDS,
  LIGHTS,
  SORTS,
  TABS,
  type QueueFilter,
} from './queue-filter.js';
import { QueueTable } from './queue-table.js';
import classes from './queue.module.css';

const SIZE = 25;

/** Requests that wait for the data-protection officer, the most urgent first. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const [chosen, setChosen] = useState<Chosen>(NONE);
  const filter = filterOf(address);
  const page = Math.max(1, Number(address.get('page')) || 1);
  const queue = useQueue({ ...filter, page, size: SIZE });
  const show = (next: QueueFilter) => {
    setAddress(addressOf(next), { replace: true });
    setChosen(NONE); // what is no longer seen is not chosen
  };
  return (
    <Page title={t('queue.title')} lead={t('queue.lead')}>
      <Tabs
        value={filter.tab}
        onChange={(tab) => show({ ...filter, tab: TABS.find((known) => known === tab) ?? 'verified' })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label={t('queue.tabs')}>
          {TABS.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(`queue.tab.${tab}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={filter.tab}>
          <Filters key={filter.tab} filter={filter} onChange={show} />
          <Loaded query={queue} placeholder={<Skeleton height={420} />}>
            {(found) =>
              found.total === 0 ? (
                <Empty
                  icon={<IconInbox size={36} stroke={1.4} />}
                  title={t(isNarrowed(filter) ? 'queue.noMatch' : `queue.none.${filter.tab}`)}
                  action={
                    isNarrowed(filter) && (
                      <Button variant="light" onClick={() => show({ tab: filter.tab, sort: filter.sort })}>
                        {t('queue.showAll')}
                      </Button>
                    )
                  }
                />
              ) : (
                <>
                  <QueueTable
                    requests={found.rows}
                    isStale={queue.isPlaceholderData}
                    chosen={chosen}
                    onChoose={setChosen}
                  />
                  <Pager page={found} onChange={(next) => setAddress(addressOf(filter, next))} />
                  <ChosenBar chosen={chosen} onClear={() => setChosen(NONE)} />
                </>
              )
            }
          </Loaded>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

interface FiltersProps {
  readonly filter: QueueFilter;
  readonly onChange: (filter: QueueFilter) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState(filter.search ?? '');
  const searchSoon = useDebouncedCallback(
    (search: string) => onChange({ ...filter, search: search || undefined }),
    250,
  );
  const any = { value: '', label: t('queue.any') };
  return (
    <search className={classes.filters}>
      <TextInput
        type="search"
        label={t('queue.search')}
        leftSection={<IconSearch size={16} aria-hidden />}
        maxLength={36}
        value={words}
        onChange={({ currentTarget: { value } }) => {
          setWords(value);
          searchSoon(value.trim());
        }}
      />
      <NativeSelect
        label={t('queue.kind')}
        value={filter.kind ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...filter, kind: KINDS.find((kind) => kind === value) })
        }
        data={[any, ...KINDS.map((kind) => ({ value: kind, label: t(`officer.kind.${kind}`) }))]}
      />
      <NativeSelect
        label={t('queue.light')}
        value={filter.light ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...filter, light: LIGHTS.find((light) => light === value) })
        }
        data={[any, ...LIGHTS.map((light) => ({ value: light, label: t(`officer.light.${light}`) }))]}
      />
      <NativeSelect
        label={t('queue.sort')}
        value={filter.sort}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...filter, sort: SORTS.find((sort) => sort === value) ?? 'due' })
        }
        data={SORTS.map((sort) => ({ value: sort, label: t(`queue.sortBy.${sort}`) }))}
      />
    </search>
  );
}

interface ChosenBarProps {
  readonly chosen: Chosen;
  readonly onClear: () => void;
}

const BULK_ACTIONS = ['approve', 'extend', 'refuse'] as const satisfies readonly BulkBody['action'][];

function ChosenBar({ chosen, onClear }: ChosenBarProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [action, setAction] = useState<BulkBody['action']>();
  if (chosen.size === 0) return null;
  return (
    <SelectionBar
      label={t('queue.chosenRegion')}
      chosen={t('queue.chosen', { count: chosen.size, shown: number(chosen.size) })}
      onClear={onClear}
      actions={BULK_ACTIONS.map((one) => (
        <Button key={one} variant={one === 'approve' ? 'filled' : 'default'} onClick={() => setAction(one)}>
          {t(`bulk.action.${one}`)}
        </Button>
      ))}
    >
      <Modal
        size="lg"
        opened={action !== undefined}
        onClose={() => setAction(undefined)}
        title={action && t(`bulk.title.${action}`, { count: chosen.size, shown: number(chosen.size) })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {action !== undefined && (
          <BulkDialog
            action={action}
            chosen={chosen}
            onEnd={() => {
              setAction(undefined);
              onClear();
            }}
          />
        )}
      </Modal>
    </SelectionBar>
  );
}
