import { approve, confirmationOf, ErasureError, extend, refuse, type RequestState } from '#libs/erasure';
import { isCodedError } from '#libs/essentials';
import type { BulkBody, BulkView } from '#libs/portal-contract';
import type { RequestBook } from './request-book.js';
import type { RequestDesk } from './request-desk.js';
import type { RequestPolicy } from './request-policy.js';

export interface BulkWorkParts {
  readonly book: RequestBook;
  readonly desk: Pick<RequestDesk, 'approve' | 'extend' | 'refuse'>;
  readonly policy: Pick<RequestPolicy, 'calendar'>;
  readonly now: () => string;
}

type Item = BulkView['items'][number];

/** One decision about several requests: each is decided for itself, and one that is refused stops none of the others. */
export class BulkWork {
  constructor(private readonly parts: BulkWorkParts) {}

  preview(body: BulkBody, by: string): BulkView {
    return { items: body.requestIds.map((requestId) => this.wouldDo(body, requestId.toLowerCase(), by)) };
  }

  async carryOut(body: BulkBody, by: string): Promise<BulkView> {
    const items: Item[] = [];
    for (const requestId of body.requestIds) items.push(await this.do(body, requestId.toLowerCase(), by));
    return { items };
  }

  private wouldDo(body: BulkBody, requestId: string, by: string): Item {
    const now = this.parts.now();
    try {
      const state = this.parts.book.get(requestId);
      const { reasons = [], refused = [] } = body;
      if (body.action === 'approve') approve({ by, now, confirmation: confirmationOf(requestId) }, state);
      if (body.action === 'extend') extend({ by, now, reasons, calendar: this.parts.policy.calendar }, state);
      if (body.action === 'refuse') refuse({ by, now, refused }, state);
      return { requestId, outcome: 'would-do' };
    } catch (error) {
      return refusedItem(requestId, error);
    }
  }

  private async do(body: BulkBody, requestId: string, by: string): Promise<Item> {
    const { reasons = [], refused = [] } = body;
    const { desk, book } = this.parts;
    try {
      if (body.action === 'approve') await desk.approve(requestId, by, confirmed(body, book.get(requestId)));
      if (body.action === 'extend') await desk.extend(requestId, by, reasons);
      if (body.action === 'refuse') await desk.refuse(requestId, by, refused);
      return { requestId, outcome: 'done' };
    } catch (error) {
      return refusedItem(requestId, error);
    }
  }
}

/** The words for all of them stand for the words of each. @throws ErasureError CONFIRMATION_MISMATCH */
function confirmed(
  { confirmation, requestIds }: BulkBody,
  { kind, requestId }: RequestState,
): string | undefined {
  if (kind !== 'erasure') return undefined;
  if (confirmation === `ERASE ${requestIds.length}`) return confirmationOf(requestId);
  throw new ErasureError('CONFIRMATION_MISMATCH', 'the words that confirm erasures are missing', {
    facts: { requestId },
    nextStep: `Type ERASE ${requestIds.length}; erasures cannot be undone.`,
  });
}

function refusedItem(requestId: string, error: unknown): Item {
  if (!isCodedError(error)) throw error;
  return { requestId, outcome: 'refused', code: error.code, title: error.message };
}
