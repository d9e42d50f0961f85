import { Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Navigate, Outlet, useLocation } from 'react-router';
import type { StaffRole } from '#libs/portal-contract';
import { useSession } from '../api/session.js';
import { homeOf, mayOpen } from './navigation.js';

/** Pages of people: whoever is nobody yet shows first who they are. */
export function OnlyForSubjects() {
  const session = useSession();
  if (session.kind === 'subject') return <Outlet />;
  return session.kind === 'none' ? <SignInFirst at="/sign-in" /> : <Navigate to={homeOf(session)} replace />;
}

/** Pages of one request, which also whoever follows it may open. */
export function OnlyForPeople() {
  const session = useSession();
  if (session.kind === 'subject' || session.kind === 'follower') return <Outlet />;
  return session.kind === 'none' ? <SignInFirst at="/sign-in" /> : <Navigate to={homeOf(session)} replace />;
}

/** Pages of members of staff who have one of the roles. */
export function OnlyForStaff({ roles }: { readonly roles: readonly StaffRole[] }) {
  const session = useSession();
  if (session.kind !== 'staff') return <SignInFirst at="/staff/sign-in" />;
  return mayOpen(session.roles, roles) ? <Outlet /> : <NotForYou />;
}

function SignInFirst({ at }: { readonly at: string }) {
  const { pathname, search } = useLocation();
  return <Navigate to={`${at}?next=${encodeURIComponent(pathname + search)}`} replace />;
}

function NotForYou() {
  const { t } = useTranslation();
  return (
    <Stack p="xl" gap="xs" maw="50rem">
      <Title order={1}>{t('shell.notForYou')}</Title>
      <Text c="dimmed">{t('shell.notForYouText')}</Text>
    </Stack>
  );
}
