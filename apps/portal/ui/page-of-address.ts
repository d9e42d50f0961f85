/** The page of a list that an address asks for, which anybody may have typed; the first one otherwise. */
export function pageOf(address: URLSearchParams): number {
  const page = Number(address.get('page') ?? 1);
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}
