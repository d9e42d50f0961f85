import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { isCodedError } from '#libs/essentials';
import type messages from '../messages/en.json';
import { germanRefusals } from './refusal-words.js';

export interface ProblemWords {
  readonly title: string;
  readonly nextStep?: string;
}

/** What went wrong, as a library or the server says it: in English. */
export interface Said {
  readonly code: string;
  readonly message: string;
  readonly nextStep?: string;
}

type KnownCode = keyof typeof messages.problem;

/** An error in the reader's language where the portal has words for its code, and in the words it came with otherwise. */
export function useProblemWords(error: unknown): ProblemWords {
  const { t } = useTranslation();
  const words = useWordsOf(isCodedError(error) ? error : undefined);
  return words ?? { title: t('problem.UNEXPECTED.title'), nextStep: t('problem.UNEXPECTED.next') };
}

/** The same of what is no error here, but was one in a worker or at the server. */
export function useWordsOf(said: Said): ProblemWords;
export function useWordsOf(said: Said | undefined): ProblemWords | undefined;
export function useWordsOf(said: Said | undefined): ProblemWords | undefined {
  const { t, i18n } = useTranslation();
  const isKnown = said !== undefined && i18n.exists(`problem.${said.code}.title`);
  const german = useQuery({
    queryKey: ['refusals', 'de'],
    queryFn: germanRefusals,
    enabled: said !== undefined && !isKnown && i18n.language === 'de',
    staleTime: Infinity,
  });
  if (said === undefined) return undefined;
  if (isKnown) {
    const code = said.code as KnownCode;
    return { title: t(`problem.${code}.title`), nextStep: t(`problem.${code}.next`) };
  }
  if (german.isLoading) return { title: '…' };
  const title = i18n.language === 'de' ? german.data?.title[said.code] : undefined;
  if (title === undefined) return { title: asSentence(said.message), nextStep: said.nextStep };
  return { title, nextStep: german.data?.next[said.code] };
}

/** Libraries begin their messages with a small letter. */
function asSentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
