import type { RefusalGround, Regime, RequestKind, RequestScope, StoredRecord } from '#libs/contracts';
import { isDestructive, recordsInScope, type RequestState } from '#libs/erasure';
import type { Vault } from '#libs/messaging';
import type { PreviewView } from '#libs/portal-contract';
import type { HoldBook } from './hold-book.js';
import type { RecipientNotices, SubjectRecords, UnlearningRebuilds } from './ports.js';
import type { RequestPolicy } from './request-policy.js';
import { scopeOf } from './sealed-fields.js';

const SECONDS_A_MINUTE = 60;

export interface RequestPreviewParts {
  readonly vault: Pick<Vault, 'keyState' | 'open'>;
  readonly subjects: Pick<SubjectRecords, 'stored' | 'categoriesOf'>;
  readonly holds: HoldBook;
  readonly rebuilds: Pick<UnlearningRebuilds, 'affectedShards' | 'serving' | 'usualSeconds' | 'secondsAhead'>;
  readonly policy: Pick<RequestPolicy, 'shareMinutes' | 'regime'>;
  readonly notices: Pick<RecipientNotices, 'enabled'>;
}

/** What is kept because of a legal hold is kept for legal claims. */
const HELD = {
  gdpr: 'art-17-3-e-legal-claims',
  ccpa: 'ccpa-145-a-legal-claims',
} as const satisfies Readonly<Record<Regime, RefusalGround>>;

interface Previewed {
  readonly subject: string;
  readonly kind: RequestKind;
  readonly regime: Regime;
  readonly scope?: RequestScope;
  /** By category. */
  readonly refused: ReadonlyMap<string, RefusalGround>;
}

interface Retention {
  readonly ground: RefusalGround;
  readonly holdId?: string;
}

/** What a request would do, found out without recording anything. */
export class RequestPreview {
  constructor(private readonly parts: RequestPreviewParts) {}

  of(state: RequestState): Promise<PreviewView> {
    return this.preview({
      subject: state.subject,
      kind: state.kind,
      regime: state.regime,
      scope: scopeOf(this.parts.vault, state),
      refused: new Map(state.refused.map(({ category, ground }) => [category, ground])),
    });
  }

  /** What would happen if a person asked for this. */
  asked(subject: string, kind: RequestKind, scope?: RequestScope): Promise<PreviewView> {
    return this.preview({ subject, kind, regime: this.parts.policy.regime, scope, refused: new Map() });
  }

  private async preview(previewed: Previewed): Promise<PreviewView> {
    const { subject, kind } = previewed;
    const recipients = this.parts.notices.enabled();
    const isUnlearned = isDestructive(kind) || kind === 'restriction';
    if (!isUnlearned) return { erasable: 0, retained: [], lines: [], recipients };
    const { records, retentionOf } = await this.recordsOf(previewed);
    const retained = new Map<string, PreviewView['retained'][number]>();
    for (const record of records) {
      const retention = retentionOf(record);
      if (retention === undefined) continue;
      const key = JSON.stringify(retention);
      retained.set(key, { ...retention, records: (retained.get(key)?.records ?? 0) + 1 });
    }
    const kept = [...retained.values()].reduce((sum, each) => sum + each.records, 0);
    return {
      erasable: kind === 'restriction' ? 0 : records.length - kept,
      retained: [...retained.values()],
      lines: await this.linesOf(subject, records),
      recipients,
    };
  }

  private async recordsOf({ subject, kind, regime, scope, refused }: Previewed) {
    const { subjects, holds } = this.parts;
    const stored = await subjects.stored(subject);
    const categories = await subjects.categoriesOf(new Set(stored.map(({ item }) => item)));
    const categoriesOf = (item: string): readonly string[] => categories.get(item) ?? [];
    const records = scope === undefined ? stored : recordsInScope(stored, scope, categoriesOf);
    const retentionOf = ({ item }: StoredRecord): Retention | undefined => {
      const of = categoriesOf(item);
      const ground = of.map((category) => refused.get(category)).find((one) => one !== undefined);
      if (ground !== undefined) return { ground };
      const [holdId] = isDestructive(kind) ? holds.holding({ subject, categories: new Set(of) }) : [];
      return holdId === undefined ? undefined : { ground: HELD[regime], holdId };
    };
    return { records, retentionOf };
  }

  private async linesOf(subject: string, records: readonly StoredRecord[]): Promise<PreviewView['lines']> {
    const { rebuilds } = this.parts;
    const serving = await rebuilds.serving();
    if (serving === undefined) return [];
    const { line, version, shards: ofShards } = serving;
    const shards = await rebuilds.affectedShards(
      subject,
      records.map(({ label }) => label),
    );
    const estimatedSeconds = shards.length === 0 ? undefined : await rebuilds.usualSeconds(shards.length);
    if (estimatedSeconds === undefined) return [{ line, version, shards, ofShards }];
    const waitSeconds = (await rebuilds.secondsAhead()) + this.parts.policy.shareMinutes * SECONDS_A_MINUTE;
    const wait = waitSeconds > 0 ? { waitSeconds } : {};
    return [{ line, version, shards, ofShards, estimatedSeconds, ...wait }];
  }
}
