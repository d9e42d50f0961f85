import { StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { CertificateArchive } from '../ports.js';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const RENDERED: Readonly<Record<string, 'html' | 'pdf' | undefined>> = {
  'text/html': 'html',
  'application/pdf': 'pdf',
};

/** For the documentation. */
export const CERTIFICATE_TYPES = { [BUNDLE]: {}, 'text/html': {}, 'application/pdf': {} };

/** The certificate in the form that the caller accepts. @throws CertificationError CERTIFICATE_NOT_ISSUED */
export async function answerCertificate(
  certificates: CertificateArchive,
  requestId: string,
  request: Request,
  response: Response,
): Promise<unknown> {
  const type = request.accepts([BUNDLE, 'application/json', ...Object.keys(RENDERED)]) || BUNDLE;
  const format = RENDERED[type];
  if (format === undefined) {
    response.type(BUNDLE);
    return certificates.read(requestId);
  }
  return new StreamableFile(await certificates.render(requestId, format), { type });
}
