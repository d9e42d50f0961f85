import { Alert, Anchor, Button, Stack } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { skipToken, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { EntryDetail } from '#libs/portal-contract';
import { api } from '../api/api.js';
import { useFormat } from '../i18n/format.js';
import { TrustPanel } from '../trust/trust-panel.js';
import { useTrust } from '../trust/use-trust.js';
import classes from '../ui/columns.module.css';
import { Digest } from '../ui/digest.js';
import { Facts } from '../ui/facts.js';
import { Loaded } from '../ui/loaded.js';
import { Page } from '../ui/page.js';
import { CheckedStepList } from './checked-step-list.js';
import { EntryTypeBadge } from './entry-type-badge.js';
import { InclusionTree } from './inclusion-tree.js';
import { JsonBlock } from '../ui/json-block.js';
import { Panel } from '../ui/panel.js';
import type messages from '../messages/en.json';
import { decodeStatement, statementFacts, type StatementFact } from './statement-facts.js';

/** One entry: what it says, and the proof that the signed ledger holds it, computed in this browser. */
export function Component() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const index = Number(useParams().index);
  const entry = useQuery({
    queryKey: ['entry', index],
    queryFn: () => api.get<EntryDetail>(`/v1/explorer/entries/${encodeURIComponent(String(index))}`),
  });
  const last = entry.data && entry.data.proof.treeSize - 1;
  return (
    <Page
      title={t('entry.title', { index: number(index) })}
      above={
        <Anchor component={Link} to="/audit/ledger" size="sm">
          {t('ledger.title')}
        </Anchor>
      }
      lead={entry.data && <EntryTypeBadge type={entry.data.type} />}
      actions={
        <Button.Group>
          <Neighbour to={index - 1} isThere={index > 0} label={t('entry.previous')}>
            <IconChevronLeft size={18} aria-hidden />
          </Neighbour>
          <Neighbour to={index + 1} isThere={last !== undefined && index < last} label={t('entry.next')}>
            <IconChevronRight size={18} aria-hidden />
          </Neighbour>
        </Button.Group>
      }
    >
      <Loaded query={entry}>
        {(detail) => (
          <div className={classes.columns}>
            <Stack>
              <Content detail={detail} />
              <TrustPanel />
            </Stack>
            <Proof detail={detail} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

interface NeighbourProps {
  readonly to: number;
  readonly isThere: boolean;
  readonly label: string;
  readonly children: React.ReactNode;
}

function Neighbour({ to, isThere, label, children }: NeighbourProps) {
  return isThere ? (
    <Button component={Link} to={`/audit/ledger/${to}`} variant="default" px="sm" aria-label={label}>
      {children}
    </Button>
  ) : (
    <Button variant="default" px="sm" aria-label={label} disabled>
      {children}
    </Button>
  );
}

function Content({ detail }: { readonly detail: EntryDetail }) {
  const { t } = useTranslation();
  const { dateTime } = useFormat();
  const decoded = decodeStatement(detail.statement);
  const facts = decoded === undefined ? [] : statementFacts(decoded);
  return (
    <Panel title={t('entry.content')}>
      {decoded === undefined && (
        <Alert color="gray" mb="sm">
          {t('entry.notKept')}
        </Alert>
      )}
      <Facts
        of={[
          [t('entry.loggedAt'), detail.at && dateTime(detail.at)],
          ...facts.map(
            (fact) => [t(`statement.fact.${fact.name}`), <FactValue key={fact.name} fact={fact} />] as const,
          ),
          [
            t('entry.payload'),
            <Digest key="payload" value={detail.payloadDigest} of={t('entry.payload')} shown={24} />,
          ],
        ]}
      />
      {detail.requestId !== undefined && (
        <Button component={Link} to={`/audit/certificates/${detail.requestId}`} variant="light" mt="sm">
          {t('entry.openCertificate')}
        </Button>
      )}
      <Stack gap="xs" mt="md">
        {decoded !== undefined && <JsonBlock title={t('entry.statementJson')} value={decoded.document} />}
        <JsonBlock title={t('entry.leafJson')} value={detail.entry} />
      </Stack>
    </Panel>
  );
}

type KindOfRequest = keyof typeof messages.officer.kind;
type Ground = keyof typeof messages.certificate.ground;

function FactValue({ fact: { name, kind, value } }: { readonly fact: StatementFact }) {
  const { t, i18n } = useTranslation();
  const { dateTime, number } = useFormat();
  switch (kind) {
    case 'digest':
      return <Digest value={value} of={t(`statement.fact.${name}`)} shown={24} />;
    case 'time':
      return <time dateTime={value}>{Number.isNaN(Date.parse(value)) ? value : dateTime(value)}</time>;
    case 'count':
      return number(Number(value));
    // Whoever made the statement chose the value: one that we have no words for is shown as it is.
    case 'request-kind':
      return i18n.exists(`officer.kind.${value}`) ? t(`officer.kind.${value as KindOfRequest}`) : value;
    case 'ground':
      return i18n.exists(`certificate.ground.${value}`) ? t(`certificate.ground.${value as Ground}`) : value;
    case 'text':
      return value;
    default:
      return kind satisfies never;
  }
}

function Proof({ detail }: { readonly detail: EntryDetail }) {
  const { t } = useTranslation();
  const { choice, files } = useTrust();
  const checked = useQuery({
    queryKey: ['entry-check', detail.index, detail.proof.treeSize, choice.id],
    queryFn:
      files === undefined
        ? skipToken
        : async () => {
            const { checkEntry } = await import('./entry-check.js');
            return checkEntry(detail, files, Math.floor(Date.now() / 1000));
          },
    staleTime: Infinity,
  });
  return (
    <Panel title={t('entry.proof')}>
      {files === undefined && choice.source === 'own' ? (
        <Alert color="gray">{t('trusted.missing')}</Alert>
      ) : (
        <Loaded query={checked}>
          {(found) => (
            <Stack>
              <CheckedStepList
                checked={found}
                label={t('entry.steps')}
                textOf={(step) => t(`entry.step.${step}`)}
                verdict={t('entry.verified')}
              />
              {found.path !== undefined && (
                <InclusionTree path={found.path} index={detail.index} signedRoot={found.signedRoot} />
              )}
            </Stack>
          )}
        </Loaded>
      )}
    </Panel>
  );
}
