import type { trustFolderOf } from '#libs/verification';

/** What a process that replays is told once, by message: a key has no place among arguments or in the environment. */
export interface ReplayOrder {
  /** The certificate, a Sigstore bundle. */
  readonly certificate: Uint8Array;
  /** Trust files by name. */
  readonly trust: Parameters<typeof trustFolderOf>[0];
  /** Files of event log and vault, both only read. */
  readonly events: string;
  readonly vault: string;
  /** 32 bytes. */
  readonly kek: Uint8Array;
  readonly models: string;
  readonly threads: number;
}
