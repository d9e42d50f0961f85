import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromBase64 } from '#libs/essentials';
import { verifyCoseReceipt } from '#libs/interop';
import { EXPORT, exportBundle } from '../apps/installation/index.js';
import { PEOPLE, populate, TemporaryFolders, using } from './support/small-installation.js';

const folders = new TemporaryFolders();
const REQUEST = '7f1d9b1e-0000-4000-8000-000000000001';
const exported = folders.next();
let receipt: Uint8Array;

beforeAll(async () => {
  await using(folders.next(), async (installation) => {
    await populate(installation);
    await installation.trainings.train();
    const submission = { requestId: REQUEST, externalId: PEOPLE[0], channel: 'cli' } as const;
    await (
      await installation.requests.erase(submission)
    ).finished;
    const state = installation.requests.get(REQUEST);
    if (!('ledgerIndex' in state)) throw new Error('not certified');
    receipt = installation.ledger.coseReceipt(state.ledgerIndex);
    await exportBundle(installation, exported);
  });
});

afterAll(() => folders.remove());

describe('an exported model folder, to a tool for OpenSSF Model Signing', () => {
  const folder = path.join(exported, EXPORT.models, 'main', 'v2');
  const read = (): { payload: Buffer; signed: Buffer; signature: Buffer } => {
    const { dsseEnvelope } = JSON.parse(readFileSync(path.join(folder, 'model.sig'), 'utf8')) as {
      dsseEnvelope: { payload: string; payloadType: string; signatures: [{ sig: string }] };
    };
    const payload = Buffer.from(dsseEnvelope.payload, 'base64');
    const { payloadType: type } = dsseEnvelope;
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
    return { payload, signed, signature: Buffer.from(dsseEnvelope.signatures[0].sig, 'base64') };
  };

  it('is signed by the key in the trust folder', () => {
    const { signed, signature } = read();
    const key = createPublicKey(readFileSync(path.join(exported, EXPORT.trust, 'model-signer.pem')));
    expect(verify('sha256', signed, key, signature)).toBe(true);
  });

  it('holds exactly the files that are signed, with their digests', () => {
    const { predicate } = JSON.parse(read().payload.toString()) as {
      predicate: { resources: { name: string; digest: string }[] };
    };
    const files = readdirSync(folder)
      .filter((name) => name !== 'model.sig')
      .map((name) => ({
        name,
        digest: createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex'),
      }));
    expect(predicate.resources.map(({ name, digest }) => ({ name, digest }))).toEqual(
      files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  it('carries no signature once it was revoked', () => {
    expect(readdirSync(path.join(exported, EXPORT.models, 'main', 'v1'))).toEqual(['manifest.json']);
  });
});

describe('the COSE receipt of a certificate', () => {
  it('proves its entry under the key of the trusted root', () => {
    const certificate = JSON.parse(
      readFileSync(path.join(exported, EXPORT.certificates, `${REQUEST}.sigstore.json`), 'utf8'),
    ) as { verificationMaterial: { tlogEntries: [{ logIndex: string; canonicalizedBody: string }] } };
    const [{ logIndex, canonicalizedBody }] = certificate.verificationMaterial.tlogEntries;
    const { tlogs } = JSON.parse(
      readFileSync(path.join(exported, EXPORT.trust, 'trusted-root.json'), 'utf8'),
    ) as { tlogs: [{ logId: { keyId: string }; publicKey: { rawBytes: string } }] };
    const [{ logId, publicKey }] = tlogs;
    const key = fromBase64(publicKey.rawBytes).subarray(-32); // SubjectPublicKeyInfo ends with the key (RFC 8410 §4)
    const entry = fromBase64(canonicalizedBody);
    expect(verifyCoseReceipt(receipt, entry, fromBase64(logId.keyId), key)).toBe(Number(logIndex));
  });
});
