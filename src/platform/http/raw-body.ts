const bodies = new WeakMap<object, Buffer>();

/** For body parsers: keeps a body as it came, because whoever signed it signed these bytes and no others. */
export function keepRawBody(request: object, _: unknown, body: Buffer): void {
  bodies.set(request, body);
}

/** The body of a request exactly as it came; empty where there was none. */
export function rawBodyOf(request: object): string {
  return bodies.get(request)?.toString('utf8') ?? '';
}
