import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { StandardsError } from './standards-error.js';

/** Signs what leaves over OpenDSR, with the key of the certificate that discovery names (§4, §8.3). */
export class OpenDsrSigner {
  private constructor(
    /** PEM, as the operator put it. */
    readonly certificate: string,
    private readonly key: ReturnType<typeof createPrivateKey>,
  ) {}

  /**
   * @param certificate PEM of an X.509 certificate for the domain @param key PEM of its private key, RSA or EC (FIPS 186-4)
   * @throws StandardsError OPENDSR_SIGNER_UNUSABLE
   */
  static from(certificate: string, key: string, domain: string): OpenDsrSigner {
    try {
      const parsed = new X509Certificate(certificate);
      const privateKey = createPrivateKey(key);
      if (parsed.checkPrivateKey(privateKey) && parsed.checkHost(domain) !== undefined)
        return new OpenDsrSigner(certificate, privateKey);
    } catch (cause) {
      throw unusable(cause);
    }
    throw unusable();
  }

  /** Base64 of the signature over the SHA-256 digest of the body (§7.3). */
  sign(body: string): string {
    return sign('sha256', Buffer.from(body, 'utf8'), this.key).toString('base64');
  }
}

function unusable(cause?: unknown): StandardsError {
  return new StandardsError(
    'OPENDSR_SIGNER_UNUSABLE',
    'certificate and key of OpenDSR do not fit each other or the domain',
    {
      cause,
      nextStep:
        'Put opendsr-certificate.pem, issued for opendsr.domain of lacuna.json, and opendsr-key.pem into the data folder.',
    },
  );
}
