import { Button, Modal, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExtendBody, RefusedCategory, RequestAction, RequestDetail } from '#libs/portal-contract';
import { useAnnounce } from '../ui/announcer.js';
import { ProblemNotice } from '../ui/problem-notice.js';
import { confirmationOf } from './action-words.js';
import { ExtensionFields } from './extension-fields.js';
import { HoldForm } from './hold-form.js';
import { useAct, type Action, type ActionBodies } from './queries.js';
import { firstRefusal, RefusalFields } from './refusal-fields.js';

const SHOWN: readonly RequestAction[] = [
  'approve',
  'fulfil',
  'extend',
  'doubt-identity',
  'identity-settled',
  'hold',
  'refuse',
  'cancel',
];

/** What may be done with a request now; each asks once more before it is done. */
export function ActionsPanel({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<RequestAction>();
  const actions = SHOWN.filter((action) => request.actions.includes(action));
  if (actions.length === 0) return null;
  const close = () => setOpen(undefined);
  return (
    <section>
      <Title order={2} mb="xs" mt="lg">
        {t('actions.title')}
      </Title>
      <Stack gap="xs">
        {actions.map((action) => (
          <Button
            key={action}
            fullWidth
            variant={action === 'approve' || action === 'fulfil' ? 'filled' : 'default'}
            onClick={() => setOpen(action)}
          >
            {t(`actions.name.${action}`)}
          </Button>
        ))}
      </Stack>
      <Modal
        size="lg"
        opened={open !== undefined}
        onClose={close}
        title={open && t(`actions.name.${open}`)}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {open !== undefined && <ActionForm action={open} request={request} onDone={close} />}
      </Modal>
    </section>
  );
}

interface FormProps {
  readonly request: RequestDetail;
  readonly onDone: () => void;
}

function ActionForm({ action, ...props }: FormProps & { readonly action: RequestAction }) {
  switch (action) {
    case 'approve':
      return <ApproveForm {...props} />;
    case 'refuse':
      return <RefuseForm {...props} />;
    case 'extend':
      return <ExtendForm {...props} />;
    case 'fulfil':
      return <FulfilForm {...props} />;
    case 'hold':
      return <HoldForm requestId={props.request.requestId} onDone={props.onDone} />;
    case 'doubt-identity':
    case 'identity-settled':
    case 'cancel':
      return <PlainForm action={action} {...props} />;
    default:
      return action satisfies never;
  }
}

interface SubmitProps<Name extends Action> extends FormProps {
  readonly action: Name;
  readonly body: ActionBodies[Name];
  readonly isReady?: boolean;
  readonly color?: string;
  readonly children?: ReactNode;
}

/** The end of every form: what it means, the button, and why it did not work. */
function Submit<Name extends Action>({
  action,
  body,
  request,
  onDone,
  isReady = true,
  color,
  children,
}: SubmitProps<Name>) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const act = useAct(request.requestId, action);
  const submit = () =>
    act.mutate(body, {
      onSuccess: () => {
        announce(t(`actions.done.${action}`));
        onDone();
      },
    });
  return (
    <Stack
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) submit();
      }}
    >
      <Text>{t(`actions.text.${action}`)}</Text>
      {children}
      {act.isError && <ProblemNotice error={act.error} />}
      <Button type="submit" color={color} loading={act.isPending} disabled={!isReady}>
        {t(`actions.name.${action}`)}
      </Button>
    </Stack>
  );
}

function ApproveForm(props: FormProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const words = confirmationOf(props.request);
  return (
    <Submit
      {...props}
      action="approve"
      body={words === undefined ? {} : { confirmation: typed }}
      isReady={words === undefined || typed === words}
    >
      {words !== undefined && (
        <TextInput
          label={t('approve.type', { words })}
          description={t('approve.why')}
          autoComplete="off"
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      )}
    </Submit>
  );
}

function RefuseForm(props: FormProps) {
  const { regime } = props.request;
  const [refused, setRefused] = useState<readonly RefusedCategory[]>([firstRefusal(regime)]);
  const isReady = refused.every(({ category }) => category.trim() !== '');
  return (
    <Submit {...props} action="refuse" body={{ refused }} isReady={isReady} color="red.9">
      <RefusalFields regimes={[regime]} refused={refused} onChange={setRefused} />
    </Submit>
  );
}

function ExtendForm(props: FormProps) {
  const [reasons, setReasons] = useState<ExtendBody['reasons']>([]);
  return (
    <Submit {...props} action="extend" body={{ reasons }} isReady={reasons.length > 0}>
      <ExtensionFields regimes={[props.request.regime]} reasons={reasons} onChange={setReasons} />
    </Submit>
  );
}

function FulfilForm(props: FormProps) {
  const { t } = useTranslation();
  const outcome = props.request.kind === 'restriction' ? 'restriction-lifted' : 'corrected';
  return (
    <Submit {...props} action="fulfil" body={{ outcome }}>
      <Text size="sm" c="dimmed">
        {t(`fulfil.${outcome}`)}
      </Text>
    </Submit>
  );
}

function PlainForm({
  action,
  ...props
}: FormProps & { readonly action: 'doubt-identity' | 'identity-settled' | 'cancel' }) {
  return <Submit {...props} action={action} body={{}} />;
}
