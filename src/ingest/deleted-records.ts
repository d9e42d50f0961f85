import type { DataOf } from '#libs/contracts';

/** Records of one person that were deleted on request; labels are base64url. */
export interface PersonsDeletions {
  /** Whether the record with this label was quarantined or erased. */
  has(label: string): boolean;
  /** Milliseconds since 1970 at which the latest deletion of a record with this coarse label was accepted. */
  acceptedAt(coarseLabel: string): number | undefined;
}

/**
 * The fold of request events that tells which records must not come back. A person who was erased is left out: the label key is gone, so
 * nothing could be compared any more.
 */
export class DeletedRecords {
  /** Acceptances that are waiting for their quarantine, which names the person; by request. */
  private readonly accepted = new Map<string, DataOf<'RequestAccepted'>>();
  private readonly people = new Map<string, Deletions>();

  /** undefined: nothing of this person was deleted. */
  of(subject: string): PersonsDeletions | undefined {
    return this.people.get(subject);
  }

  /** Of a request that puts records out of use. */
  accept(acceptance: DataOf<'RequestAccepted'>): void {
    if (acceptance.labels.length > 0) this.accepted.set(acceptance.requestId, acceptance);
  }

  quarantine({ requestId, subject, labels }: DataOf<'RecordsQuarantined'>): void {
    const acceptance = this.accepted.get(requestId);
    this.accepted.delete(requestId);
    const coarse = acceptance?.coarseLabels ?? [];
    const acceptedAt = acceptance === undefined ? 0 : Date.parse(acceptance.acceptedAt);
    this.deletionsOf(subject).quarantine(requestId, {
      labels: new Set(labels),
      coarse: new Set(coarse),
      acceptedAt,
    });
  }

  /** The records of a request are in use again. */
  release(requestId: string, subject: string): void {
    this.people.get(subject)?.release(requestId);
  }

  erase({ requestId, subject, labels, generation }: DataOf<'RecordsErased'>): void {
    if (generation === null) this.people.delete(subject);
    else this.deletionsOf(subject).erase(requestId, labels);
  }

  private deletionsOf(subject: string): Deletions {
    const deletions = this.people.get(subject) ?? new Deletions();
    this.people.set(subject, deletions);
    return deletions;
  }
}

/** What one request has put out of use. */
interface Quarantine {
  readonly labels: ReadonlySet<string>;
  readonly coarse: ReadonlySet<string>;
  readonly acceptedAt: number;
}

class Deletions implements PersonsDeletions {
  private readonly quarantined = new Map<string, Quarantine>();
  private readonly labels = new Set<string>();
  private readonly coarse = new Map<string, number>();

  has(label: string): boolean {
    if (this.labels.has(label)) return true;
    for (const { labels } of this.quarantined.values()) if (labels.has(label)) return true;
    return false;
  }

  acceptedAt(coarseLabel: string): number | undefined {
    let latest = this.coarse.get(coarseLabel);
    for (const { coarse, acceptedAt } of this.quarantined.values())
      if (coarse.has(coarseLabel)) latest = Math.max(acceptedAt, latest ?? acceptedAt);
    return latest;
  }

  quarantine(requestId: string, quarantine: Quarantine): void {
    this.quarantined.set(requestId, quarantine);
  }

  release(requestId: string): void {
    this.quarantined.delete(requestId);
  }

  /** For good, with the days of the records. */
  erase(requestId: string, labels: readonly string[]): void {
    const { coarse = [], acceptedAt = 0 } = this.quarantined.get(requestId) ?? {};
    this.quarantined.delete(requestId);
    for (const label of labels) this.labels.add(label);
    for (const label of coarse)
      this.coarse.set(label, Math.max(acceptedAt, this.coarse.get(label) ?? acceptedAt));
  }
}
