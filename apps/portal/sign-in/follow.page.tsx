import { Button, FileButton, Paper, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import type { FollowBody } from '#libs/portal-contract';
import { useSignIn } from '../api/session.js';
import { requestInKeyFile } from '../receipt/key-file.js';
import { Page } from '../ui/page.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { takeFragment } from './fragment.js';

/** Finds one request again by its id and its follow key, also when the account is gone. */
export function Component() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [requestId, setRequestId] = useState(search.get('request') ?? '');
  const [followKey, setFollowKey] = useState(takeFragment);
  const follow = useSignIn<FollowBody>('/v1/identity/follow');
  const fillFrom = (file: string) => {
    const found = requestInKeyFile(file);
    if (found === undefined) return;
    setRequestId(found.requestId);
    setFollowKey(found.followKey);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = requestId.trim();
    follow.mutate(
      { requestId: id, followKey: followKey.trim() },
      { onSuccess: () => void navigate(`/me/requests/${encodeURIComponent(id)}`) },
    );
  };
  return (
    <Page title={t('follow.title')} lead={t('follow.lead')} width="form">
      <Paper>
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label={t('follow.requestId')}
              required
              autoComplete="off"
              spellCheck={false}
              maxLength={64}
              value={requestId}
              onChange={({ currentTarget }) => setRequestId(currentTarget.value)}
            />
            <TextInput
              label={t('follow.followKey')}
              description={t('follow.followKeyHint')}
              required
              autoComplete="off"
              spellCheck={false}
              maxLength={256}
              value={followKey}
              onChange={({ currentTarget }) => setFollowKey(currentTarget.value)}
            />
            <FileButton accept=".txt,text/plain" onChange={(file) => void file?.text().then(fillFrom)}>
              {(props) => (
                <Button {...props} variant="default">
                  {t('follow.orFile')}
                </Button>
              )}
            </FileButton>
            {follow.isError && <ProblemNotice error={follow.error} />}
            <Button type="submit" loading={follow.isPending}>
              {t('follow.open')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Page>
  );
}
