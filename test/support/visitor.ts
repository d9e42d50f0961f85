import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SessionView } from '#libs/portal-contract';
import type { StaffRole } from '#platform/callers';
import type { Installation } from '../../apps/installation/index.js';
import type { HttpClient } from './http-client.js';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export const PASSWORD = 'correct horse battery staple';

let addresses = 0;

/** A browser as far as the server can tell: keeps cookies, sends the CSRF token, comes from an address of its own. */
export class Visitor {
  /** By name; may be changed to what an attacker would send. */
  readonly cookies = new Map<string, string>();
  csrf = '';
  /** Sent with every call, in place of what a browser would send. */
  readonly headers: Record<string, string> = {};
  private readonly address = `198.51.${(addresses >> 8) % 256}.${addresses++ % 256}`;

  constructor(private readonly url: string) {}

  get(route: string): Promise<Reply> {
    return this.send('GET', route);
  }

  post(route: string, body: unknown = {}): Promise<Reply> {
    return this.send('POST', route, body);
  }

  put(route: string, body: unknown): Promise<Reply> {
    return this.send('PUT', route, body);
  }

  patch(route: string, body: unknown): Promise<Reply> {
    return this.send('PATCH', route, body);
  }

  /** Asks who is signed in, as the portal does first of all. */
  async session(): Promise<SessionView> {
    return this.remember(await this.get('/v1/session'));
  }

  /** Opens a session by one of the ways in; gives the answer as it came when it is none. */
  async enter(route: string, body: unknown): Promise<Reply> {
    if (this.csrf === '') await this.session();
    const reply = await this.post(route, body);
    if (reply.status === 200) this.remember(reply);
    return reply;
  }

  private remember({ body }: Reply): SessionView {
    const view = body as SessionView;
    this.csrf = view.csrf;
    return view;
  }

  private async send(method: string, route: string, body?: unknown): Promise<Reply> {
    const response = await fetch(this.url + route, {
      method,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': this.address,
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(this.csrf !== '' && { 'x-lacuna-csrf': this.csrf }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...this.headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const cookie of response.headers.getSetCookie()) this.keep(cookie);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  private keep(cookie: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
    if (/expires=thu, 01 jan 1970/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, decodeURIComponent(value));
  }
}

/** A member of staff with these roles, signed in. */
export async function staffVisitor(http: HttpClient, ...roles: StaffRole[]): Promise<Visitor> {
  const visitor = new Visitor(http.url);
  const { account, link } = http.installation.access.accounts.invite(`Staff with ${roles.join()}`, roles);
  const body = { token: link.token, user: account.staffId, password: PASSWORD };
  const { status } = await visitor.enter('/v1/session/setup', body);
  if (status !== 200) throw new Error(`cannot set up an account: ${status}`);
  return visitor;
}

/** A person, by any id under which they are known, who has shown who they are. */
export async function subjectVisitor(
  { url, installation }: HttpClient,
  externalId: string,
): Promise<Visitor> {
  const visitor = new Visitor(url);
  const subject = installation.vault.findSubject(externalId)!;
  visitor.cookies.set('lacuna-session', installation.access.sessions.open({ kind: 'subject', subject }));
  await visitor.session();
  return visitor;
}

/** What the newest mail to an address holds. */
export async function mailedTo(
  installation: Installation,
  address: string,
): Promise<{ readonly text: string; readonly code: string; readonly link: string }> {
  const mails = (await mailsOf(installation)).filter((text) => text.includes(`To: ${address}`));
  const text = mails.at(-1) ?? '';
  const [code = ''] = /\b\d{4} \d{4}\b/.exec(text) ?? [];
  const [, link = ''] = /#(\S+)/.exec(text) ?? [];
  return { text, code, link };
}

/** Every mail that was sent so far, oldest first. */
export async function mailsOf({ access, courier, folder }: Installation): Promise<string[]> {
  await access.challenges.idle();
  await courier.deliverDue();
  if (!existsSync(folder.paths.mail)) return [];
  return readdirSync(folder.paths.mail)
    .map((name) => path.join(folder.paths.mail, name))
    .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)
    .map((file) => readFileSync(file, 'utf8'))
    .map((text) => text.replace(/=\r?\n/g, '').replace(/=3D/g, '='));
}
