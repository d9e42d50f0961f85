import type { RequestKindView } from '#libs/portal-contract';

/** Kinds in the order in which people ask for them. A withdrawal begins in the history or at the consents, where one says of what. */
export const KINDS = [
  'erasure',
  'access',
  'portability',
  'rectification',
  'restriction',
  'objection',
] as const;
/** Those of them that need nothing more than who asks, so that they can be made before signing in. */
export const ANONYMOUS_KINDS = ['erasure', 'access', 'portability', 'restriction'] as const;
export type AskedKind = (typeof KINDS)[number];

/** One of the kinds that are offered, or undefined: the text is of an address. */
export function askedKind<K extends AskedKind>(text: string | null, offered: readonly K[]): K | undefined {
  return offered.find((kind) => kind === text);
}

/** Whether records are unlearned, so that there is something to preview and a receipt to keep. */
export function unlearns(kind: RequestKindView): boolean {
  switch (kind) {
    case 'erasure':
    case 'withdrawal':
    case 'objection':
      return true;
    case 'access':
    case 'portability':
    case 'rectification':
    case 'restriction':
      return false;
    default:
      return kind satisfies never;
  }
}
