import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { StaffRole } from '#libs/portal-contract';
import { useSession } from '../api/session.js';
import { mayOpen } from './navigation.js';

interface LinkForProps {
  /** Who may open where it leads. */
  readonly roles: readonly StaffRole[];
  readonly to: string;
  readonly children: ReactNode;
}

/** A link for those who may follow it; the others see the same words. */
export function LinkFor({ roles, to, children }: LinkForProps) {
  const session = useSession();
  if (session.kind !== 'staff' || !mayOpen(session.roles, roles)) return <>{children}</>;
  return (
    <Anchor inherit component={Link} to={to}>
      {children}
    </Anchor>
  );
}
