import { api } from '../api/api.js';
import type { CertificateFiles } from './certificate-check.js';

/** A certificate and the file of proofs that it names, byte for byte as the server hands them out. */
export async function certificateFiles(requestId: string): Promise<CertificateFiles> {
  const path = `/v1/explorer/certificates/${encodeURIComponent(requestId)}`;
  const [certificate, proofs] = await Promise.all([api.file(path), api.file(`${path}/proofs`)]);
  return { certificate, proofs };
}

/** Proofs that the records of a request are in no version since; the server makes them when it is asked. */
export async function absenceProofs(requestId: string): Promise<Uint8Array> {
  const proofs = await api.post<unknown>('/v1/explorer/absence', { requestId });
  return new TextEncoder().encode(JSON.stringify(proofs));
}
