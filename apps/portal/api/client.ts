import type { ProblemView } from '#libs/portal-contract';
import { ApiError } from './api-error.js';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ClientOptions {
  /** Token of the session there is; the server asks for it with every call that changes something. */
  readonly csrf: () => string | undefined;
  /** Gets the token of the session anew: another tab may have signed in or out since. */
  readonly renewCsrf: () => Promise<string | undefined>;
  readonly fetch?: typeof globalThis.fetch;
}

/** Calls of the server: JSON in, JSON out, and an `ApiError` with a code whenever it does not go well. */
export interface Client {
  get<T>(path: string, query?: object): Promise<T>;
  /** A file as it is, for proofs that are checked byte by byte and for downloads. */
  file(path: string, accept?: string): Promise<Uint8Array<ArrayBuffer>>;
  post<T>(path: string, body?: object): Promise<T>;
  put<T>(path: string, body: object): Promise<T>;
  patch<T>(path: string, body: object): Promise<T>;
  delete(path: string): Promise<void>;
}

export function createClient({
  csrf,
  renewCsrf,
  fetch = globalThis.fetch.bind(globalThis),
}: ClientOptions): Client {
  const send = async (
    method: string,
    path: string,
    token?: string,
    body?: object,
    accept = 'application/json',
  ) => {
    const headers: Record<string, string> = { accept };
    if (token !== undefined) headers['x-lacuna-csrf'] = token;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await reached(fetch(path, { method, headers, body: body && JSON.stringify(body) }));
    if (!response.ok) throw await problemOf(response);
    return response;
  };
  const call = async (method: string, path: string, body?: object, accept?: string) => {
    if (method === 'GET') return send(method, path, undefined, body, accept);
    try {
      return await send(method, path, csrf(), body, accept);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'CSRF_TOKEN_WRONG')) throw error;
      return send(method, path, await renewCsrf(), body, accept); // it was refused before anything was done
    }
  };
  return {
    get: async (path, query) => jsonOf(await call('GET', withQuery(path, query))),
    file: async (path, accept = '*/*') =>
      new Uint8Array(await (await call('GET', path, undefined, accept)).arrayBuffer()),
    post: async (path, body) => jsonOf(await call('POST', path, body)),
    put: async (path, body) => jsonOf(await call('PUT', path, body)),
    patch: async (path, body) => jsonOf(await call('PATCH', path, body)),
    delete: async (path) => void (await call('DELETE', path)),
  };
}

/** A path with the conditions that are set; empty ones are left out. */
export function withQuery(path: string, query: object = {}): string {
  const set = Object.entries(query as Query).filter(([, value]) => value !== undefined && value !== '');
  if (set.length === 0) return path;
  return `${path}?${new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()}`;
}

async function reached(answer: Promise<Response>): Promise<Response> {
  try {
    return await answer;
  } catch (cause) {
    throw new ApiError('SERVER_UNREACHABLE', 'The server did not answer.', 0, {
      nextStep: 'See whether you are online, and try again.',
      cause,
    });
  }
}

async function jsonOf<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ApiError('ANSWER_UNREADABLE', 'The server’s answer cannot be read.', response.status, {
      nextStep: 'Load the page again: the portal may have been updated meanwhile.',
      cause,
    });
  }
}

/** Whoever stands between may answer as well, and not in problem+json. */
async function problemOf(response: Response): Promise<ApiError> {
  const problem = await response.json().then(
    (body: Partial<ProblemView> | null) => body ?? {},
    (): Partial<ProblemView> => ({}),
  );
  const { code = `HTTP_${response.status}`, title = 'The server refused this.', nextStep, facts } = problem;
  return new ApiError(code, title, response.status, { nextStep, facts });
}
