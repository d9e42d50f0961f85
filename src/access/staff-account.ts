import type { StaffRole } from '#platform/callers';

export type StaffId = `staff-${string}`;

/** Of an account, what its owner and those who keep accounts may see. */
export interface StaffAccount {
  readonly staffId: StaffId;
  readonly name: string;
  readonly roles: readonly StaffRole[];
  readonly disabled: boolean;
  /** ISO 8601. */
  readonly lastLoginAt?: string;
}

/** A link by which an account gets its password, once. */
export interface SetUpLink {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}
