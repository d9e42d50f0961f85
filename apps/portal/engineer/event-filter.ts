/** Which events are shown, as it stands in the address of the page. */
export interface EventFilter {
  readonly order: 'newest' | 'oldest';
  /** Beginning of the names of streams. */
  readonly stream?: string;
  readonly type?: string;
  /** Position that the page begins after. */
  readonly after?: string;
}

const LONGEST = { stream: 200, type: 100 } as const; // what the server takes

/** Reads a filter from an address, which anybody may have typed. */
export function eventFilterOf(address: URLSearchParams): EventFilter {
  const said = (name: 'stream' | 'type'): string => (address.get(name) ?? '').trim().slice(0, LONGEST[name]);
  const [stream, type, after] = [said('stream'), said('type'), address.get('after') ?? ''];
  return {
    order: address.get('order') === 'oldest' ? 'oldest' : 'newest',
    ...(stream !== '' && { stream }),
    ...(type !== '' && { type }),
    ...(/^\d{1,20}$/.test(after) && { after }),
  };
}

/** What stands in the address by itself is left out; another filter begins at its end of the log again. */
export function eventAddressOf({ order, stream, type, after }: EventFilter): URLSearchParams {
  const fields = { order: order === 'newest' ? undefined : order, stream, type, after };
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
}
