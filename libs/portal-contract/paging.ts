/** One page of a list that the server filters, sorts and cuts. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** Rows on all pages together. */
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** Query of every list; `page` from 1, `size` up to 200. */
export interface PageQuery {
  readonly page?: number;
  readonly size?: number;
}

/** Answer to a failed call: RFC 9457 with our code and next step. */
export interface ProblemView {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly nextStep?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}
