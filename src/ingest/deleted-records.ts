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

  accept(acceptance: DataOf<'RequestAccepted'>): void {
    this.accepted.set(acceptance.requestId, acceptance);
  }

  quarantine({ requestId, subject, labels }: DataOf<'RecordsQuarantined'>): void {
    const acceptance = this.accepted.get(requestId);
    this.accepted.delete(requestId);
    const deletions = this.deletionsOf(subject);
    deletions.add(labels);
    if (acceptance !== undefined)
      deletions.addCoarse(acceptance.coarseLabels, Date.parse(acceptance.acceptedAt));
  }

  erase({ subject, labels, generation }: DataOf<'RecordsErased'>): void {
    if (generation === null) this.people.delete(subject);
    else this.deletionsOf(subject).add(labels);
  }

  private deletionsOf(subject: string): Deletions {
    const deletions = this.people.get(subject) ?? new Deletions();
    this.people.set(subject, deletions);
    return deletions;
  }
}

class Deletions implements PersonsDeletions {
  private readonly labels = new Set<string>();
  private readonly coarse = new Map<string, number>();

  has(label: string): boolean {
    return this.labels.has(label);
  }

  acceptedAt(coarseLabel: string): number | undefined {
    return this.coarse.get(coarseLabel);
  }

  add(labels: readonly string[]): void {
    for (const label of labels) this.labels.add(label);
  }

  addCoarse(labels: readonly string[], acceptedAt: number): void {
    for (const label of labels)
      this.coarse.set(label, Math.max(acceptedAt, this.coarse.get(label) ?? acceptedAt));
  }
}
