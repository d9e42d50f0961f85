/** Files from here on are handed on by memory: what takes a tenth of a second to read and to hash again. */
const LARGE = 2 ** 20;

/** The large file that was stored last, until somebody asks for it: the next step of a rebuild, or what serves. */
export class FreshFile {
  private file: { readonly digest: string; readonly bytes: Uint8Array } | undefined;

  keep(digest: string, bytes: Uint8Array): void {
    if (bytes.length >= LARGE) this.file = { digest, bytes };
  }

  /** For the first who asks. */
  take(digest: string): Uint8Array | undefined {
    if (this.file?.digest !== digest) return undefined;
    const { bytes } = this.file;
    this.file = undefined;
    return bytes;
  }

  forgetUnless(inUse: ReadonlySet<string>): void {
    if (this.file !== undefined && !inUse.has(this.file.digest)) this.file = undefined;
  }
}
