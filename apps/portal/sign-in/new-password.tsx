import { PasswordInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isLongEnough, PASSWORD_LENGTH } from './password-rules.js';

interface NewPasswordProps {
  readonly value: string;
  readonly onChange: (password: string) => void;
}

export function NewPassword({ value, onChange }: NewPasswordProps) {
  const { t } = useTranslation();
  const isShort = value !== '' && !isLongEnough(value);
  return (
    <PasswordInput
      visibilityToggleButtonProps={{ 'aria-label': t('staff.showPassword') }}
      label={t('staff.newPassword')}
      description={t('staff.passwordHint', { count: PASSWORD_LENGTH })}
      autoComplete="new-password"
      required
      maxLength={1024}
      value={value}
      error={isShort && t('staff.passwordShort')}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
