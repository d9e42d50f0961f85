import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { KeyServiceError, VaultError, type KeyWrapper } from '#libs/messaging';
import { syncFolder, writeFileDurably } from '#platform/files';
import { FileVault } from '../file-vault.js';
import { formatKek, KEK_LENGTH, loadKek, parseKek, readKek } from '../key-encryption-key.js';
import { rekeyVault, type RekeyedVault } from '../rekey-vault.js';
import { formatKekAddress, isKekAddress, parseKekAddress, type KekAddress } from './kek-address.js';
import { readWrappedKek, writeWrappedKek } from './wrapped-kek-file.js';

export interface KekPlaces {
  /** The key in plain, for its owner only. */
  readonly file: string;
  /** The key as a service wrapped it. */
  readonly wrappedFile: string;
  /** The vault that the key belongs to; when it exists, a missing key is never replaced. */
  readonly vaultFile: string;
}

export interface KekCustodyOptions {
  readonly places: KekPlaces;
  /** Value of LACUNA_KEK: 32 bytes in hex or base64, or the address of a service's key. */
  readonly env?: string;
  /** Value of LACUNA_KEK_NEXT: what `rotate` takes where the key comes from the environment. */
  readonly envNext?: string;
  /** Id of the installation; absent where only reading is wanted, then the file's own word is taken. */
  readonly installation?: string;
  readonly wrapperFor: (address: KekAddress) => KeyWrapper;
}

/** Where the key-encryption key comes from. */
export type KekWhereabouts = 'environment' | 'file' | KekAddress;

/**
 * Finds the key-encryption key, moves it between a file and key services, and renews it. Needs the data folder's lock for all but `load`. Every
 * step may be interrupted: a key that opens the vault is always there, and doing it again ends it.
 *
 * @example
 * const custody = new KekCustody({ places, env: process.env.LACUNA_KEK, installation, wrapperFor });
 * const vault = FileVault.open({ file: places.vaultFile, kek: await custody.load() });
 */
export class KekCustody {
  constructor(private readonly options: KekCustodyOptions) {}

  /**
   * The key; for a new vault only, a fresh one.
   * @returns 32 bytes
   * @throws VaultError KEK_…, KeyServiceError
   */
  async load(): Promise<Uint8Array> {
    const { env } = this.options;
    if (env !== undefined && isKekAddress(env)) return this.loadFrom(parseKekAddress(env));
    const kek = await this.current();
    if (this.where() !== 'environment') this.requireNoPlainBeside();
    return kek;
  }

  where(): KekWhereabouts {
    const { env, places } = this.options;
    if (env !== undefined && env !== '' && !isKekAddress(env)) return 'environment';
    return existsSync(places.wrappedFile) ? readWrappedKek(places.wrappedFile) : 'file';
  }

  /** Puts the key, which stays the same, under a service's key, or into its file; the copy that was there is removed. */
  async move(to: KekAddress | 'file'): Promise<void> {
    const { file, wrappedFile } = this.options.places;
    const kek = await this.currentOfVault();
    if (to === 'file') {
      await writeFileDurably(file, formatKek(kek));
      await rm(wrappedFile, { force: true });
      await syncFolder(path.dirname(wrappedFile));
      return;
    }
    await this.wrapInto(wrappedFile, to, kek);
    await removeSecret(file);
  }

  /**
   * Wraps the key, which stays the same, under the newest version of the service's key.
   * @throws VaultError KEK_NOT_WRAPPED
   */
  async rewrap({ rotateService }: { readonly rotateService: boolean }): Promise<void> {
    const where = this.where();
    if (typeof where === 'string')
      throw new VaultError('KEK_NOT_WRAPPED', 'no key service wraps the key of this vault', {
        nextStep: 'move it to one first: lacuna keys move --to vault-transit:KEY',
      });
    const kek = await this.currentOfVault();
    if (rotateService) await this.options.wrapperFor(where).rotate();
    await this.wrapInto(this.options.places.wrappedFile, where, kek);
  }

  /** Makes a new key and puts the whole vault under it. @throws VaultError KEK_NEXT_MISSING */
  async rotate(): Promise<RekeyedVault> {
    const { places, envNext } = this.options;
    const where = this.where();
    const kek = await this.currentOfVault();
    if (where === 'environment') {
      if (envNext === undefined || envNext === '') throw nextMissing();
      return rekeyVault({ file: places.vaultFile, kek, next: parseKek(envNext, 'LACUNA_KEK_NEXT') });
    }
    const next = randomBytes(KEK_LENGTH);
    const file = where === 'file' ? places.file : places.wrappedFile;
    // On disk before the vault is under it: whichever of the two opens the vault is found at the next start.
    if (where === 'file') await writeFileDurably(nextOf(file), formatKek(next));
    else await this.wrapInto(nextOf(file), where, next);
    const rekeyed = rekeyVault({ file: places.vaultFile, kek, next });
    await takeNext(file);
    return rekeyed;
  }

  private async loadFrom(address: KekAddress): Promise<Uint8Array> {
    const { wrappedFile, vaultFile, file } = this.options.places;
    const named = formatKekAddress(address);
    if (existsSync(wrappedFile)) {
      const stored = formatKekAddress(readWrappedKek(wrappedFile));
      if (stored !== named)
        throw new VaultError(
          'KEK_WRAPPED_ELSEWHERE',
          'LACUNA_KEK names another key than the one that wrapped',
          {
            facts: { setting: named, stored },
            nextStep: `set LACUNA_KEK=${stored}, or move the key: lacuna keys move --to ${named}`,
          },
        );
      this.requireNoPlainBeside();
      return this.current();
    }
    if (existsSync(vaultFile) || existsSync(file))
      throw new VaultError('KEK_MISSING', 'the key of this vault is not wrapped by a key service yet', {
        nextStep: `move it there: lacuna keys move --to ${named}; or put kek.wrapped back from a backup`,
      });
    const kek = randomBytes(KEK_LENGTH);
    await this.wrapInto(wrappedFile, address, kek);
    return kek;
  }

  /** A key in a file would make the service's protection worthless, so nothing starts beside one. */
  private requireNoPlainBeside(): void {
    const { file, wrappedFile } = this.options.places;
    if (existsSync(file) && existsSync(wrappedFile))
      throw new VaultError('KEK_IN_PLAIN', 'the key lies in plain beside its wrapped form', {
        nextStep: `end what was interrupted: lacuna keys move --to ${formatKekAddress(readWrappedKek(wrappedFile))}`,
      });
  }

  /** The key that opens the vault as it is, also where a rotation was interrupted. */
  private async current(): Promise<Uint8Array> {
    const { places, env } = this.options;
    const where = this.where();
    if (where === 'environment') return parseKek(env!, 'LACUNA_KEK');
    if (where === 'file')
      return this.settled(
        places.file,
        loadKek({ file: places.file, vaultFile: places.vaultFile }),
        async (next) => readKek(next),
      );
    const unwrap = (file: string): Promise<Uint8Array> => this.unwrapFrom(file);
    return this.settled(places.wrappedFile, await unwrap(places.wrappedFile), unwrap);
  }

  /** @throws VaultError KEK_WRONG: what does not open the vault is not handed on */
  private async currentOfVault(): Promise<Uint8Array> {
    const kek = await this.current();
    FileVault.open({ file: this.options.places.vaultFile, kek }).close();
    return kek;
  }

  private async settled(
    file: string,
    kek: Uint8Array,
    read: (file: string) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const next = nextOf(file);
    if (!existsSync(next)) return kek;
    const { vaultFile } = this.options.places;
    if (!existsSync(vaultFile) || opens(vaultFile, kek)) {
      await removeSecret(next); // the vault was never put under it
      return kek;
    }
    const nextKek = await read(next);
    if (!opens(vaultFile, nextKek)) return kek; // opening says KEK_WRONG, and both files stay for whoever looks into it
    await takeNext(file);
    return nextKek;
  }

  private async wrapInto(file: string, address: KekAddress, kek: Uint8Array): Promise<void> {
    const wrapper = this.options.wrapperFor(address);
    const installation = this.options.installation ?? '';
    const ciphertext = await wrapper.wrap(kek, installation);
    const again = await wrapper.unwrap(ciphertext, installation);
    if (!Buffer.from(again).equals(kek))
      throw new KeyServiceError('KEY_SERVICE_KEY_WRONG', 'what the key service wrapped, it does not unwrap', {
        nextStep: 'check the service; nothing was changed here',
      });
    await writeWrappedKek(file, { ...address, installation, ciphertext });
  }

  private async unwrapFrom(file: string): Promise<Uint8Array> {
    const wrapped = readWrappedKek(file);
    const { installation = wrapped.installation, wrapperFor } = this.options;
    if (installation !== wrapped.installation)
      throw new VaultError('KEK_OF_ANOTHER_INSTALLATION', 'kek.wrapped belongs to another installation', {
        facts: { installation, wrappedFor: wrapped.installation },
        nextStep: 'put the kek.wrapped of this data folder back',
      });
    const kek = await wrapperFor(wrapped).unwrap(wrapped.ciphertext, installation);
    if (kek.length === KEK_LENGTH) return kek;
    throw new KeyServiceError(
      'KEY_SERVICE_ANSWER_MALFORMED',
      'the key service gave something other than a key',
      {
        facts: { bytes: kek.length },
        nextStep: 'check that VAULT_ADDR or AWS_ENDPOINT_URL_KMS names the service that wrapped it',
      },
    );
  }
}

function nextOf(file: string): string {
  return `${file}.next`;
}

async function takeNext(file: string): Promise<void> {
  await rename(nextOf(file), file);
  await syncFolder(path.dirname(file));
}

function opens(vaultFile: string, kek: Uint8Array): boolean {
  try {
    FileVault.open({ file: vaultFile, kek }).close();
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.code === 'KEK_WRONG') return false;
    throw error;
  }
}

/** Overwrites and removes; what the disk keeps elsewhere of it is out of reach, which is why a rotation should follow. */
async function removeSecret(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const handle = await open(file, 'r+');
  try {
    await handle.write(randomBytes(statSync(file).size), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rm(file);
  await syncFolder(path.dirname(file));
}

function nextMissing(): VaultError {
  return new VaultError('KEK_NEXT_MISSING', 'the key comes from the environment, and so must its successor', {
    nextStep: 'set LACUNA_KEK_NEXT (openssl rand -hex 32), rotate, then start with it as LACUNA_KEK',
  });
}
