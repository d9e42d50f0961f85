import { keyNames } from '#libs/contracts';
import { equalBytes } from '#libs/essentials';
import { signerFromSeed, type Signer } from '#libs/merkle';
import type { StatementSigner } from '#stages/certification';
import type { Ledger } from '#stages/ledger';
import type { FileVault } from '#stages/vault';
import { InstallationError } from './installation-error.js';

/** The keys that sign certificates and every other statement: which they are the ledger knows, the private halves are in the vault. */
export class CertificateSigners {
  private readonly signers: Signer[] = [];

  constructor(
    private readonly vault: Pick<FileVault, 'ensureKey'>,
    private readonly ledger: Pick<Ledger, 'signerKeys'>,
  ) {}

  /** The one that was never announced. */
  get first(): Uint8Array {
    return this.signer(0).publicKey;
  }

  /** The one to announce next. */
  get next(): Uint8Array {
    return this.signer(this.ledger.signerKeys(this.first).length).publicKey;
  }

  /** Oldest first. @throws InstallationError SIGNER_KEY_CHANGED */
  all(): StatementSigner[] {
    return this.ledger.signerKeys(this.first).map(({ publicKey, from, until }, generation) => {
      const signer = this.signer(generation);
      if (!equalBytes(signer.publicKey, publicKey))
        throw new InstallationError(
          'SIGNER_KEY_CHANGED',
          'the vault holds another key for certificates than the ledger announced',
          {
            facts: { generation },
            nextStep:
              'Restore the newest vault; what another key signs would be refused by everybody who verifies.',
          },
        );
      return { signer, from, until };
    });
  }

  private signer(generation: number): Signer {
    return (this.signers[generation] ??= signerFromSeed(
      this.vault.ensureKey(keyNames.signerSeed(generation)),
    ));
  }
}
