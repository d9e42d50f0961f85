import { Button, Menu } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useSession, useSignOut } from '../api/session.js';

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const session = useSession();
  const signOut = useSignOut();
  const navigate = useNavigate();
  if (session.kind === 'none')
    return (
      <Button component={Link} to="/sign-in" size="compact-md" variant="light">
        {t('shell.signIn')}
      </Button>
    );
  const name = session.kind === 'staff' ? session.name : t(`shell.who.${session.kind}`);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          px="xs"
          leftSection={<IconUserCircle size={18} aria-hidden />}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {session.kind === 'staff' && (
          <Menu.Item component={Link} to="/staff/password">
            {t('shell.changePassword')}
          </Menu.Item>
        )}
        <Menu.Item onClick={() => signOut.mutate(undefined, { onSettled: () => void navigate('/') })}>
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
