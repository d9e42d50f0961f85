/** An error that a protocol wants told in a form of its own instead of problem+json. */
export class AnsweredOtherwise extends Error {
  constructor(
    readonly status: number,
    /** Sent as JSON; absent: no body. */
    readonly body: object | undefined,
    cause: unknown,
  ) {
    super('told in the form of a protocol', { cause });
  }
}
