/** An error at a route that browsers open as a page: it is told by a page of the portal, to which the browser is sent. */
export class SentBack extends Error {
  constructor(
    /** Path of the page; it gets the code of the problem as `?refused=`. */
    readonly page: string,
    cause: unknown,
  ) {
    super('told by a page of the portal', { cause });
  }
}
