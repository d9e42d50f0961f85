import { useTranslation } from 'react-i18next';
import { isCodedError } from '#libs/essentials';
import type messages from '../messages/en.json';

export interface ProblemWords {
  readonly title: string;
  readonly nextStep?: string;
}

type KnownCode = keyof typeof messages.problem;

/** An error in the reader's language where the portal has words for its code, and in the words it came with otherwise. */
export function useProblemWords(error: unknown): ProblemWords {
  const { t, i18n } = useTranslation();
  if (!isCodedError(error))
    return { title: t('problem.UNEXPECTED.title'), nextStep: t('problem.UNEXPECTED.next') };
  if (!i18n.exists(`problem.${error.code}.title`)) return { title: error.message, nextStep: error.nextStep };
  const code = error.code as KnownCode;
  return { title: t(`problem.${code}.title`), nextStep: t(`problem.${code}.next`) };
}
