import { sha256, toHex, utf8 } from '#libs/essentials';

/** SHA-256 of a file, as `sha256sum` prints it. */
export async function fingerprint(text: string): Promise<string> {
  return toHex(sha256(utf8(text)));
}
