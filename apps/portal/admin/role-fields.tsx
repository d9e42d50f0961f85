import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { StaffRole } from '#libs/portal-contract';

export const ROLES = ['dpo', 'auditor', 'engineer', 'admin'] as const satisfies readonly StaffRole[];

interface RoleFieldsProps {
  readonly roles: readonly StaffRole[];
  readonly onChange: (roles: readonly StaffRole[]) => void;
}

/** Which roles somebody has, each with what it lets them do. */
export function RoleFields({ roles, onChange }: RoleFieldsProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t('accounts.roles')}
      value={[...roles]}
      onChange={(chosen) => onChange(ROLES.filter((role) => chosen.includes(role)))}
    >
      <Stack gap="xs" mt="xs">
        {ROLES.map((role) => (
          <Checkbox
            key={role}
            value={role}
            label={t(`accounts.role.${role}.name`)}
            description={t(`accounts.role.${role}.text`)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
