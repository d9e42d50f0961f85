/** What a member of staff is about to do: a code, and perhaps the request that it is about. Nothing personal. */
export interface StaffAction {
  readonly actor: `staff-${string}`;
  /** Such as `request.approve`. */
  readonly action: string;
  readonly requestId?: string;
  /** The account that it is about. */
  readonly about?: string;
}

/** Where staff actions are written down for good. */
export abstract class StaffAudit {
  abstract record(action: StaffAction): Promise<void>;
}
