import { utf8 } from '#libs/essentials';
import { LogTree, noteKey, signCheckpoint, signerFromSeed } from '#libs/merkle';
import { encodeAddCheckpoint } from '#libs/witnessing';

/** For specs: a log of numbered entries that a witness watches; `fork` is the same log with another entry in the middle. */
export class SpecLog {
  readonly signer = signerFromSeed(new Uint8Array(32).fill(this.seed));
  readonly key = noteKey(this.origin, this.signer.publicKey);
  private readonly tree = new LogTree();

  constructor(
    readonly origin = 'ledger.example.org',
    private readonly seed = 1,
    odd = -1,
    entries = 40,
  ) {
    for (let i = 0; i < entries; i++) this.tree.append(utf8(i === odd ? 'another entry' : `entry ${i}`));
  }

  /** The same log, had entry 2 been another one. */
  fork(): SpecLog {
    return new SpecLog(this.origin, this.seed, 2);
  }

  checkpoint(size: number): string {
    return signCheckpoint({ origin: this.origin, size, root: this.tree.root(size) }, this.signer);
  }

  proof(from: number, to: number): Uint8Array[] {
    return from === 0 ? [] : this.tree.consistencyProof(from, to);
  }

  /** Body of the request that an honest log sends. */
  request(from: number, to: number): Uint8Array {
    return encodeAddCheckpoint({ oldSize: from, proof: this.proof(from, to), note: this.checkpoint(to) });
  }
}
