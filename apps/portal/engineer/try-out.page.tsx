import { Alert, Button, Group, NumberInput, Paper, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecommendationsView } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { Empty } from '../ui/empty.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { TableFrame } from '../ui/table-frame.js';
import tableClasses from '../ui/table-frame.module.css';

/** Asks the version that serves, as the product would. */
export function Component() {
  const { t } = useTranslation();
  const [subject, setSubject] = useState('');
  const [k, setK] = useState(10);
  const ask = useMutation({
    mutationFn: () =>
      api.get<RecommendationsView>(`/v1/recommendations/${encodeURIComponent(subject.trim())}`, { k }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <Page title={t('tryOut.title')} lead={t('tryOut.lead')}>
      <Stack>
        <Paper component="form" onSubmit={submit}>
          <Group align="end">
            <TextInput
              label={t('tryOut.subject')}
              description={t('tryOut.subjectHint')}
              value={subject}
              required
              maxLength={200}
              autoComplete="off"
              onChange={({ currentTarget }) => setSubject(currentTarget.value)}
            />
            <NumberInput
              w={100}
              label={t('tryOut.k')}
              min={1}
              max={100}
              allowDecimal={false}
              value={k}
              onChange={(value) => setK(Number(value) || 10)}
            />
            <Button type="submit" loading={ask.isPending}>
              {t('tryOut.ask')}
            </Button>
          </Group>
        </Paper>
        {ask.isError && <ProblemNotice error={ask.error} />}
        {ask.data !== undefined && <Answer answer={ask.data} />}
      </Stack>
    </Page>
  );
}

function Answer({ answer: { model, quarantinedShards, items } }: { readonly answer: RecommendationsView }) {
  const { t } = useTranslation();
  const { number, list } = useFormat();
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('tryOut.from', { line: model.line, version: model.version })}
      </Text>
      {quarantinedShards.length > 0 && (
        <Alert color="yellow">{t('tryOut.without', { shards: list(quarantinedShards.map(String)) })}</Alert>
      )}
      {items.length === 0 ? (
        <Empty title={t('tryOut.none')}>{t('tryOut.noneText')}</Empty>
      ) : (
        <TableFrame label={t('tryOut.answer')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('tryOut.item')}</Table.Th>
              <Table.Th className={tableClasses.wide}>{t('tryOut.categories')}</Table.Th>
              <Table.Th className={tableClasses.end}>{t('tryOut.score')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map(({ item, title, categories, score }) => (
              <Table.Tr key={item}>
                <Table.Td>
                  {title} <span className={tableClasses.muted}>{item}</span>
                </Table.Td>
                <Table.Td className={tableClasses.wide}>{categories.join(', ')}</Table.Td>
                <Table.Td className={tableClasses.end}>{number(score, 4)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </TableFrame>
      )}
    </Stack>
  );
}
