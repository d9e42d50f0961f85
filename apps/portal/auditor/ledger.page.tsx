import { Button, Group, Paper, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { EntriesPage } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { Empty } from '../ui/empty.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { pageOf } from '../ui/page-of-address.js';
import { Pager } from '../ui/pager.js';
import { EntriesTable } from './entries-table.js';
import {
  addressOf,
  ENTRY_TYPES,
  filterOf,
  isEmptyFilter,
  queryOf,
  type EntryFilter,
} from './entry-filter.js';
import classes from './ledger.module.css';

const SIZE = 25;

/** The ledger, to be searched; what was asked stands in the address. */
export function Component() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const filter = filterOf(address);
  const page = pageOf(address);
  const asked = { ...queryOf(filter), page, size: SIZE };
  const entries = useQuery({
    queryKey: ['entries', asked],
    queryFn: () => api.get<EntriesPage>('/v1/explorer/entries', asked),
    placeholderData: keepPreviousData,
  });
  const show = (next: EntryFilter): void => setAddress(addressOf(next));
  return (
    <Page title={t('ledger.title')} lead={t('ledger.lead')}>
      <SearchForm key={addressOf(filter).toString()} filter={filter} onSearch={show} />
      <Loaded query={entries}>
        {(found) =>
          found.total === 0 ? (
            <Empty
              title={t(isEmptyFilter(filter) ? 'ledger.nothingYet' : 'ledger.nothingFound')}
              action={
                !isEmptyFilter(filter) && (
                  <Button variant="light" onClick={() => show({})}>
                    {t('ledger.showAll')}
                  </Button>
                )
              }
            >
              {t(isEmptyFilter(filter) ? 'ledger.nothingYetText' : 'ledger.nothingFoundText')}
            </Empty>
          ) : (
            <>
              <EntriesTable entries={found.rows} isStale={entries.isPlaceholderData} />
              <Pager page={found} onChange={(next) => setAddress(addressOf(filter, next))} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

interface SearchFormProps {
  readonly filter: EntryFilter;
  readonly onSearch: (filter: EntryFilter) => void;
}

function SearchForm({ filter, onSearch }: SearchFormProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState(filter.search ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch({ ...filter, search: search.trim() });
  };
  return (
    <Paper component="form" role="search" onSubmit={submit} className={classes.form} mb="md">
      <TextInput
        className={classes.words}
        label={t('ledger.search')}
        description={t('ledger.searchHint')}
        value={search}
        maxLength={100}
        onChange={({ currentTarget }) => setSearch(currentTarget.value)}
      />
      <Select
        label={t('ledger.type')}
        placeholder={t('ledger.anyType')}
        clearable
        clearButtonProps={{ 'aria-label': t('ledger.anyType') }}
        data={ENTRY_TYPES.map((type) => ({ value: type, label: t(`entryType.${type}`) }))}
        value={filter.type ?? null}
        onChange={(type) => onSearch({ ...filter, type: type ?? undefined })}
      />
      {(['from', 'until'] as const).map((end) => (
        <TextInput
          key={end}
          type="date"
          label={t(`ledger.${end}`)}
          value={filter[end] ?? ''}
          onChange={({ currentTarget }) => onSearch({ ...filter, [end]: currentTarget.value })}
        />
      ))}
      <Group className={classes.buttons} gap="xs">
        <Button type="submit" leftSection={<IconSearch size={16} aria-hidden />}>
          {t('ledger.find')}
        </Button>
        {!isEmptyFilter(filter) && (
          <Button variant="subtle" onClick={() => onSearch({})}>
            {t('ledger.reset')}
          </Button>
        )}
      </Group>
    </Paper>
  );
}
