import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useSession, useSignOut } from '../api/session.js';
import { forgetKeys } from '../receipt/key-ring.js';
import classes from './account.module.css';

/** Who is signed in, and the way in or out. */
export function Account() {
  const { t } = useTranslation();
  const session = useSession();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const leave = () =>
    signOut.mutate(undefined, {
      onSettled: () => {
        forgetKeys();
        void navigate('/');
      },
    });
  if (session.kind === 'none')
    return (
      <Button component={Link} to="/sign-in" size="compact-sm" variant="light">
        {t('shell.signIn')}
      </Button>
    );
  return (
    <>
      {session.kind === 'staff' && (
        <Link to="/staff/password" className={classes.name} title={t('shell.changePassword')}>
          {session.name}
        </Link>
      )}
      <Button size="compact-sm" variant="default" loading={signOut.isPending} onClick={leave}>
        {t('shell.signOut')}
      </Button>
    </>
  );
}
