import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useSession, useSignOut } from '../api/session.js';
import { useProblemWords } from '../ui/use-problem-words.js';
import classes from './account.module.css';

/** Who is signed in, and the way in or out. */
export function Account() {
  const { t } = useTranslation();
  const session = useSession();
  const signOut = useSignOut();
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
      <Button
        size="compact-sm"
        variant="default"
        loading={signOut.isPending}
        onClick={() => signOut.mutate()}
      >
        {t('shell.signOut')}
      </Button>
      {signOut.isError && <SignOutFailed error={signOut.error} />}
    </>
  );
}

function SignOutFailed({ error }: { readonly error: unknown }) {
  const { title } = useProblemWords(error);
  return (
    <span role="alert" className={classes.failed}>
      {title}
    </span>
  );
}
