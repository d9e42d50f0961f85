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
export type AskedKind = (typeof KINDS)[number];

export function askedKind(text: string | null): AskedKind | undefined {
  return KINDS.find((kind) => kind === text);
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
