import { useTranslation } from 'react-i18next';
import type messages from '../messages/en.json';

type NotProvenCode = keyof typeof messages.notProven;

/** What stays open, in the reader's language where the portal has words for its code, and as the verification said it otherwise. */
export function useNotProvenWords(): (code: string, meaning: string) => string {
  const { t, i18n } = useTranslation();
  return (code, meaning) =>
    i18n.exists(`notProven.${code}`) ? t(`notProven.${code as NotProvenCode}`) : meaning;
}
