import type { HmacSha256 } from '#libs/essentials';
import type { EventStore, Vault } from '#libs/messaging';
import { BulkWork } from './bulk-work.js';
import { ConsentChanges } from './consent-changes.js';
import { dashboardOf } from './dashboard.js';
import { DestructionGate } from './destruction-gate.js';
import { HoldBook } from './hold-book.js';
import type {
  CertificateIssuer,
  ItemTitles,
  PersonsConsents,
  PurposeStop,
  RecipientNotices,
  RecordShredder,
  SubjectRecords,
  UnlearningRebuilds,
} from './ports.js';
import { ReceiptDesk } from './receipt-desk.js';
import type { RequestBook } from './request-book.js';
import { RequestDesk } from './request-desk.js';
import { RequestDetails } from './request-details.js';
import type { RequestPolicy } from './request-policy.js';
import { RequestPreview } from './request-preview.js';
import { RequestProcess, type RequestProcessParts } from './request-process.js';
import { RequestQueue } from './request-queue.js';
import { RequestService } from './request-service.js';
import { Setbacks } from './setbacks.js';
import { SubjectExport } from './subject-export.js';
import { SubjectHistory } from './subject-history.js';

export interface RequestStageParts {
  readonly book: RequestBook;
  readonly store: EventStore;
  readonly vault: Vault;
  readonly subjects: SubjectRecords;
  readonly titles: ItemTitles;
  readonly consents: PersonsConsents;
  readonly purposes: PurposeStop;
  readonly rebuilds: UnlearningRebuilds;
  readonly shredder: RecordShredder;
  readonly notices: RecipientNotices;
  readonly certificates: CertificateIssuer;
  readonly policy: RequestPolicy;
  readonly receipts: {
    /** Absolute. */
    readonly folder: string;
    readonly keepDays: number;
  };
  readonly hmac: HmacSha256;
  /** ISO 8601. */
  readonly now: () => string;
  /** Hears why requests do not get on; they stay open. */
  readonly onFailure: (reason: unknown) => void;
  readonly observe?: RequestProcessParts['observe'];
  /** Default: destructions are on record in the log only. */
  readonly journal?: RequestProcessParts['journal'];
}

/** Everything about people's requests, over one log. */
export interface RequestStage {
  readonly book: RequestBook;
  readonly process: RequestProcess;
  readonly setbacks: Setbacks;
  readonly requests: RequestService;
  readonly desk: RequestDesk;
  readonly queue: RequestQueue;
  readonly details: RequestDetails;
  readonly preview: RequestPreview;
  readonly exports: SubjectExport;
  readonly bulk: BulkWork;
  readonly receipts: ReceiptDesk;
  readonly history: SubjectHistory;
  readonly consentChanges: ConsentChanges;
  dashboard(): ReturnType<typeof dashboardOf>;
}

/** Reads what the log says of legal holds, and puts the stage together. */
export async function openRequestStage(parts: RequestStageParts): Promise<RequestStage> {
  const { book, store, vault, subjects, rebuilds, notices, policy, now, onFailure } = parts;
  const holds = await HoldBook.open(store);
  const receipts = new ReceiptDesk({ book, vault, subjects, ...parts.receipts, now });
  await receipts.sweep();
  const gate = new DestructionGate(holds, subjects, now);
  const setbacks = new Setbacks(now);
  const process = new RequestProcess({ ...parts, book, receipts, gate, setbacks });
  const queue = new RequestQueue(book, { gate, setbacks }, policy, now);
  const requests = new RequestService({ book, process, vault, policy, now, onFailure });
  const desk = new RequestDesk({ book, holds, gate, process, policy, now, onFailure });
  const exports = new SubjectExport({ ...parts, book, summary: (state) => queue.summary(state) });
  return {
    book,
    process,
    setbacks,
    requests,
    desk,
    bulk: new BulkWork({ book, desk, policy, now }),
    queue,
    details: new RequestDetails({
      ...{ store, vault, queue, holds, gate, setbacks, rebuilds, notices, receipts, exports, policy, now },
    }),
    preview: new RequestPreview({ vault, subjects, holds, rebuilds, notices, policy }),
    exports,
    receipts,
    history: new SubjectHistory(vault, subjects),
    consentChanges: new ConsentChanges(store, vault, subjects, requests),
    dashboard: () => dashboardOf(book.all(), queue, now()),
  };
}
