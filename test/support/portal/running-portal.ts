import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Role } from '#platform/callers';
import { ApiProcess, freePort } from '../api-process.js';
import { TemporaryFolders } from '../small-installation.js';
import { PASSWORD, Visitor } from '../visitor.js';
import { foundFilmHouse, type Film, type FilmHouse, type StaffName } from './film-house.js';
import { eventually } from './eventually.js';

/** The built API over a film house, as a process of its own on a free port; what it mails is read from its outbox. */
export class RunningPortal {
  private constructor(
    private readonly folders: TemporaryFolders,
    private api: ApiProcess,
    readonly house: FilmHouse,
    readonly url: string,
    readonly tokens: ReadonlyMap<Role, string>,
    private readonly firstToken: string,
  ) {}

  /**
   * @param films that the house shows beside its own
   * @param viewers more people, who have seen little
   */
  static async open(films: readonly Film[] = [], viewers = 0): Promise<RunningPortal> {
    const folders = new TemporaryFolders();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const house = await foundFilmHouse(folders.next(), url, films, viewers);
    const api = await ApiProcess.start({ ...startOf(house, url), until: 'The link works once' });
    const [, first] = /\/staff\/set-up#(\S+)/.exec(api.out)!; // in place of the administrator's: nobody keeps the accounts yet
    return new RunningPortal(folders, api, house, url, api.tokens, first);
  }

  /** A member of staff, signed in. A set-up link works once, so that each of them can be had once. */
  async staff(who: StaffName): Promise<Visitor> {
    const visitor = new Visitor(this.url);
    const { token: invitation, staffId } = this.house.invited[who];
    const token = who === 'admin' ? this.firstToken : invitation;
    const { status } = await visitor.enter('/v1/session/setup', { token, user: staffId, password: PASSWORD });
    if (status !== 200) throw new Error(`cannot set up ${who}: ${status}`);
    return visitor;
  }

  /** A person, signed in by the code that was mailed to them. */
  async subject(address: string): Promise<Visitor> {
    const visitor = new Visitor(this.url);
    const before = this.codesTo(address).length;
    const { body } = await visitor.enter('/v1/identity/challenges', { address, locale: 'en' });
    const { challengeId } = body as { challengeId: string };
    const { status } = await visitor.enter(`/v1/identity/challenges/${challengeId}/answer`, {
      code: await this.codeTo(address, before),
    });
    if (status !== 200) throw new Error(`cannot sign in: ${status}`);
    return visitor;
  }

  /** Waits for the next code that is mailed to an address. @param before how many it had so far */
  codeTo(address: string, before: number): Promise<string> {
    return eventually('a mail with a code', () => this.codesTo(address)[before]);
  }

  /** The codes that were mailed to an address so far, oldest first. */
  codesTo(address: string): readonly string[] {
    return this.mailsTo(address)
      .filter((mail) => mail.includes('/sign-in/link#')) // letters have none
      .map((mail) => /\b\d{4} \d{4}\b/.exec(mail)![0]);
  }

  /** Mails to an address so far, oldest first. */
  mailsTo(address: string): readonly string[] {
    const outbox = path.join(this.house.folder, 'outbox');
    if (!existsSync(outbox)) return [];
    return readdirSync(outbox)
      .filter((name) => name.endsWith('.eml'))
      .map((name) =>
        readFileSync(path.join(outbox, name), 'utf8')
          .replace(/=\r?\n/g, '')
          .replace(/=3D/g, '='),
      )
      .filter((text) => text.includes(`To: ${address}`))
      .sort((a, b) => dateOf(a) - dateOf(b));
  }

  /** The server ends without a chance to do anything, and is started again. */
  async crash(): Promise<void> {
    this.api.signal('SIGKILL');
    await this.api.ended();
    this.api = await ApiProcess.start(startOf(this.house, this.url));
  }

  async close(): Promise<void> {
    await this.api.stop();
    this.folders.remove();
  }
}

/** Journeys come one after the other from one address. */
const startOf = ({ folder }: FilmHouse, url: string) => ({
  folder,
  port: Number(new URL(url).port),
  argv: ['--rate-limit', '10000', '--trust-proxy', '1'],
});

const dateOf = (mail: string): number => Date.parse(/^Date: (.+)$/m.exec(mail)?.[1] ?? '');
