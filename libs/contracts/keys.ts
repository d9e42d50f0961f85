/**
 * Names of the keys in the vault. A person's keys all begin with the pseudonym, so that an erasure can list them.
 * `profile` seals consent records and request scopes; `label` makes record labels; `interactions~g` seals generation g.
 */
export const keyNames = {
  profile: (subject: string) => `${subject}/profile`,
  label: (subject: string) => `${subject}/label`,
  interactions: (subject: string, generation: number) => `${subject}/interactions~${generation}`,
  partition: (line: string) => `line/${line}/partition`,
  /** Seals the name of a member of staff. */
  staffName: (staffId: string) => `${staffId}/name`,
  /** Ed25519 seeds of a generation: of the ledger's checkpoints, and of certificates. */
  ledgerSeed: (generation: number) => `ledger/checkpoint-seed${later(generation)}`,
  signerSeed: (generation: number) => `certificates/signer-seed${later(generation)}`,
  /** P-256 private key that signs model folders. */
  modelSignerSeed: 'models/signer-seed',
  /** Seals what waits in the outbox. */
  outbox: 'outbox/content',
  /** Seals what is to be told about a request after its person is gone; destroyed when all of it was told. */
  notices: (requestId: string) => `outbox/request~${requestId}`,
  /** Seals what parties of OpenDSR and DRP want to be told, and makes the tokens of DRP agents. */
  standards: 'standards/parties',
  drpTokens: 'standards/drp-tokens',
  /** Makes the links to answers of their access requests. */
  resultLinks: 'standards/result-links',
  /** Secret, or seed, that signs what a recipient is sent; and what seals where it is sent. */
  recipientSigning: (recipientId: string) => `recipient/${recipientId}/signing`,
  recipientUrl: (recipientId: string) => `recipient/${recipientId}/url`,
} as const;

/** Of every generation but the first, which is 0. */
function later(generation: number): string {
  return generation === 0 ? '' : `~${generation}`;
}
