import { Alert, Button, Modal, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconHistory, IconSearch } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { ScopeBody } from '#libs/portal-contract';
import { usePortalConfig } from '../api/session.js';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { Pager } from '../ui/pager.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { SelectionBar } from '../ui/selection-bar.js';
import { addressOf, filterOf, isEmptyFilter, queryOf, type HistoryFilter } from './history-filter.js';
import classes from './history.module.css';
import { readRecords, useFacets, useRecords } from './queries.js';
import { RecordsTable } from './records-table.js';
import { scopeOfSelection } from './selected-scope.js';
import { EVERYTHING, isPageSelected, NOTHING, selectedCount, type Selection } from './selection.js';
import { SubmitRequest } from './submit-request.js';

const SIZE = 50;

/** Everything that is stored about a person, to look through and to choose from. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const filter = filterOf(address);
  const page = Math.max(1, Number(address.get('page')) || 1);
  const records = useRecords({ ...queryOf(filter), page, size: SIZE });
  const narrow = (next: HistoryFilter) => {
    setAddress(addressOf(next), { replace: true });
    setSelection(NOTHING); // what is no longer seen is not chosen
  };
  return (
    <Page title={t('history.title')} lead={t('history.lead')}>
      <Filters filter={filter} onChange={narrow} />
      <Loaded query={records} placeholder={<Skeleton height={480} />}>
        {(shown) =>
          shown.total === 0 ? (
            <Nothing isFiltered={!isEmptyFilter(filter)} onAll={() => narrow({})} />
          ) : (
            <>
              <OthersToo page={shown} selection={selection} onChange={setSelection} />
              <RecordsTable
                records={shown.rows}
                isStale={records.isPlaceholderData}
                selection={selection}
                onChange={setSelection}
              />
              <Pager page={shown} onChange={(next) => setAddress(addressOf(filter, next))} />
              <ForgetBar
                selection={selection}
                filter={filter}
                total={shown.total}
                onClear={() => setSelection(NOTHING)}
              />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

interface FiltersProps {
  readonly filter: HistoryFilter;
  readonly onChange: (filter: HistoryFilter) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const { purposes } = usePortalConfig();
  const { data: facets } = useFacets();
  const [words, setWords] = useState(filter.search ?? '');
  const change = (field: keyof HistoryFilter) => (value: string) =>
    onChange({ ...filter, [field]: value || undefined });
  const searchSoon = useDebouncedCallback(change('search'), 250);
  const counted = (all: readonly { readonly name: string; readonly records: number }[] = []) =>
    all.map(({ name, records }) => ({ value: name, label: `${name} (${number(records)})` }));
  const select = (
    field: 'category' | 'type' | 'purpose',
    options: readonly { value: string; label: string }[],
  ) => (
    <NativeSelect
      label={t(`history.${field}`)}
      value={filter[field] ?? ''}
      onChange={({ currentTarget }) => change(field)(currentTarget.value)}
      data={[{ value: '', label: t('history.all') }, ...options]}
    />
  );
  const day = (field: 'from' | 'until') => (
    <TextInput
      type="date"
      label={t(`history.${field}`)}
      value={filter[field] ?? ''}
      onChange={({ currentTarget }) => change(field)(currentTarget.value)}
    />
  );
  return (
    <search className={classes.filters}>
      <TextInput
        className={classes.search}
        label={t('history.search')}
        type="search"
        leftSection={<IconSearch size={16} aria-hidden />}
        maxLength={200}
        value={words}
        onChange={({ currentTarget: { value } }) => {
          setWords(value);
          searchSoon(value.trim());
        }}
      />
      {select('category', counted(facets?.categories))}
      {select('type', counted(facets?.types))}
      {select(
        'purpose',
        purposes.map(({ id, title }) => ({ value: id, label: title })),
      )}
      {day('from')}
      {day('until')}
    </search>
  );
}

function Nothing({ isFiltered, onAll }: { readonly isFiltered: boolean; readonly onAll: () => void }) {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<IconHistory size={36} stroke={1.4} />}
      title={t(isFiltered ? 'history.noMatch' : 'history.empty')}
      action={
        isFiltered && (
          <Button variant="light" onClick={onAll}>
            {t('history.showAll')}
          </Button>
        )
      }
    >
      {t(isFiltered ? 'history.noMatchText' : 'history.emptyText')}
    </Empty>
  );
}

interface OthersTooProps {
  readonly page: { readonly rows: readonly { readonly label: string }[]; readonly total: number };
  readonly selection: Selection;
  readonly onChange: (selection: Selection) => void;
}

/** Whoever has chosen a whole page may mean all pages. */
function OthersToo({ page: { rows, total }, selection, onChange }: OthersTooProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const isWholePage = isPageSelected(
    selection,
    rows.map(({ label }) => label),
  );
  if (selection.kind === 'all' || !isWholePage || total <= rows.length) return null;
  return (
    <Alert className={classes.others}>
      {t('history.pageChosen', { count: rows.length })}{' '}
      <Button size="compact-sm" variant="light" onClick={() => onChange(EVERYTHING)}>
        {t('history.chooseAll', { shown: number(total), count: total })}
      </Button>
    </Alert>
  );
}

interface ForgetBarProps {
  readonly selection: Selection;
  readonly filter: HistoryFilter;
  readonly total: number;
  readonly onClear: () => void;
}

function ForgetBar({ selection, filter, total, onClear }: ForgetBarProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [scope, setScope] = useState<ScopeBody>();
  const find = useMutation({
    mutationFn: () => scopeOfSelection(selection, filter, readRecords),
    onSuccess: setScope,
  });
  const count = selectedCount(selection, total);
  if (count === 0) return null;
  return (
    <SelectionBar
      label={t('history.chosenRegion')}
      chosen={t('history.chosen', { count, shown: number(count) })}
      onClear={onClear}
      actions={
        <Button loading={find.isPending} onClick={() => find.mutate()}>
          {t('history.forget', { count, shown: number(count) })}
        </Button>
      }
    >
      {find.isError && <ProblemNotice error={find.error} />}
      <Modal
        size="lg"
        opened={scope !== undefined}
        onClose={() => setScope(undefined)}
        title={t('history.forgetTitle', { count, shown: number(count) })}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {scope !== undefined && (
          <SubmitRequest kind="withdrawal" scope={scope} onCancel={() => setScope(undefined)} />
        )}
      </Modal>
    </SelectionBar>
  );
}
