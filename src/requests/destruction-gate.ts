import { isClosed, isDestructive, isInGrace, type RequestState } from '#libs/erasure';
import { toBase64Url } from '#libs/essentials';
import type { HoldBook } from './hold-book.js';
import type { SubjectRecords } from './ports.js';

const NONE: ReadonlySet<string> = new Set();

/** Asked before every step that destroys something: whether the person may still cancel, and whether the law holds it. */
export class DestructionGate {
  /** What was found last; by request. */
  private readonly found = new Map<string, readonly string[]>();

  constructor(
    private readonly holds: HoldBook,
    private readonly subjects: Pick<SubjectRecords, 'stored' | 'categoriesOf'>,
    private readonly now: () => string,
  ) {}

  /** What destruction has to wait for; undefined when it may go on. */
  async stops(state: RequestState): Promise<'grace' | 'hold' | undefined> {
    if ((await this.holdsOn(state)).length > 0) return 'hold';
    return 'graceUntil' in state && isInGrace(state, this.now()) ? 'grace' : undefined;
  }

  /** Legal holds that keep the records of a request from being destroyed, found anew. */
  async holdsOn(state: RequestState): Promise<readonly string[]> {
    if (isClosed(state) || !isDestructive(state.kind)) return [];
    const holds = this.holds.holding({
      subject: state.subject,
      categories: this.holds.holdsCategories() ? await this.categoriesOf(state) : NONE,
    });
    if (holds.length > 0) this.found.set(state.requestId, holds);
    else this.found.delete(state.requestId);
    return holds;
  }

  /** The same without looking at records again: holds on categories as they were found last. */
  lastFound(state: RequestState): readonly string[] {
    if (isClosed(state) || !isDestructive(state.kind)) return [];
    const ofPerson = this.holds.holding({ subject: state.subject, categories: NONE });
    const ofRecords = (this.found.get(state.requestId) ?? []).filter(
      (holdId) => this.holds.get(holdId).releasedAt === undefined,
    );
    return [...new Set([...ofPerson, ...ofRecords])];
  }

  /** Categories of the records that would be destroyed; before a request is accepted, of everything stored. */
  private async categoriesOf(state: RequestState): Promise<ReadonlySet<string>> {
    const labels = 'labels' in state ? new Set(state.labels) : undefined;
    const records = (await this.subjects.stored(state.subject)).filter(
      ({ label }) => labels?.has(toBase64Url(label)) ?? true,
    );
    const categories = await this.subjects.categoriesOf(new Set(records.map(({ item }) => item)));
    return new Set([...categories.values()].flat());
  }
}
