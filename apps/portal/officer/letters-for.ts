import type { LetterName, RequestDetail } from '#libs/portal-contract';

/** Letters that say something true of a request as it stands, in the order in which they become so. */
export function lettersFor({
  phase,
  clock,
  refused = [],
}: Pick<RequestDetail, 'phase' | 'clock' | 'refused'>): LetterName[] {
  return [
    'received' as const,
    ...(clock.suspendedSince === undefined ? [] : (['identity-doubted'] as const)),
    ...(clock.extended ? (['extended'] as const) : []),
    ...(phase === 'refused' || refused.length > 0 ? (['refused'] as const) : []),
    ...(phase === 'completed' ? (['completed'] as const) : []),
  ];
}
