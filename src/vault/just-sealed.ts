interface Sealed {
  readonly keyName: string;
  readonly context: Uint8Array;
  readonly plaintext: Uint8Array;
}

const MOST = 16_384; // payloads of interactions: some megabytes
const LONGEST = 1_024;

/**
 * What was sealed a moment ago. The process that records an interaction also folds it into its read models, and need not decipher what it
 * has enciphered itself. A payload is given once, for the same key and context, and only for the very text that sealing has returned: what
 * comes back from a damaged file is another text. All is dropped when anything is destroyed (docs/decisions/0053).
 */
export class JustSealed {
  private payloads = new Map<string, Sealed>();

  remember(sealed: string, { keyName, context, plaintext }: Sealed): void {
    if (plaintext.length > LONGEST) return;
    if (this.payloads.size >= MOST) this.clear(); // nobody follows at the moment
    this.payloads.set(sealed, { keyName, context, plaintext: Buffer.from(plaintext) }); // whoever gave it may wipe it
  }

  take(sealed: string, keyName: string, context: Uint8Array): Uint8Array | undefined {
    const known = this.payloads.get(sealed);
    if (known === undefined || known.keyName !== keyName) return undefined;
    if (Buffer.compare(known.context, context) !== 0) return undefined;
    this.payloads.delete(sealed);
    return known.plaintext;
  }

  clear(): void {
    this.payloads.clear();
  }
}
