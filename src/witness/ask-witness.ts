import { isCodedError } from '#libs/essentials';
import {
  cosignatureOf,
  namesKey,
  parseSignatureLines,
  type Checkpoint,
  type NoteSignature,
  type VerifySignature,
} from '#libs/merkle';
import { encodeAddCheckpoint, parseHeldSize, type PolicyWitness } from '#libs/witnessing';

const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ATTEMPTS = 3; // a guess, the size the witness names, and once more should somebody else have been quicker
const CLOCK_TOLERANCE = 300; // seconds that the clocks of log and witness may be apart

/** Why a witness did not cosign; kept in what is known about it. */
export type WitnessFailure =
  | 'WITNESS_UNREACHABLE'
  | 'WITNESS_TOO_SLOW'
  | 'WITNESS_BUSY'
  | 'WITNESS_KNOWS_NO_SUCH_LOG'
  | 'WITNESS_REFUSES_SIGNATURE'
  | 'WITNESS_SEES_FORK'
  | 'WITNESS_AHEAD'
  | 'WITNESS_ANSWER_MALFORMED'
  | 'WITNESS_COSIGNATURE_INVALID'
  | 'WITNESS_CLOCK_APART';

/** A checkpoint that is to be cosigned. */
export interface Uncosigned {
  /** Signed note, as it is sent. */
  readonly note: string;
  readonly text: string;
  readonly checkpoint: Checkpoint;
  /** Proof from an older size, 1 … size of the checkpoint. */
  readonly consistencyFrom: (oldSize: number) => readonly Uint8Array[];
}

export type WitnessReply =
  | { readonly signatures: readonly NoteSignature[]; readonly time: number }
  | { readonly failure: WitnessFailure; readonly heldSize?: number };

export interface Asking {
  readonly witness: PolicyWitness & { readonly url: string };
  /** Size that the witness is believed to hold. */
  readonly heldSize: number;
  readonly signal: AbortSignal;
  /** POSIX seconds. */
  readonly now: () => number;
  readonly verify?: VerifySignature;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Has one witness cosign a checkpoint (C2SP tlog-witness), from whichever size it holds. Never throws for what a witness does. */
export async function askWitness(asked: Uncosigned, asking: Asking): Promise<WitnessReply> {
  let { heldSize } = asking;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const answer = await post(asked, Math.min(heldSize, asked.checkpoint.size), asking);
    if ('failure' in answer) return answer;
    if (answer.status !== 409) return read(answer, asked, asking);
    const named = parseHeldSize(answer.body);
    if (named === undefined) return { failure: 'WITNESS_ANSWER_MALFORMED' };
    if (named > asked.checkpoint.size) return { failure: 'WITNESS_AHEAD', heldSize: named };
    heldSize = named;
  }
  return { failure: 'WITNESS_BUSY', heldSize };
}

async function post(
  { note, consistencyFrom }: Uncosigned,
  oldSize: number,
  { witness, signal }: Asking,
): Promise<Answer | { readonly failure: WitnessFailure }> {
  const proof = oldSize === 0 ? [] : consistencyFrom(oldSize);
  const body = Uint8Array.from(encodeAddCheckpoint({ oldSize, proof, note }));
  try {
    const response = await fetch(`${witness.url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      body,
      signal,
      redirect: 'error',
    });
    const text = await readText(response);
    return text === undefined
      ? { failure: 'WITNESS_ANSWER_MALFORMED' }
      : { status: response.status, body: text };
  } catch {
    return { failure: signal.aborted ? 'WITNESS_TOO_SLOW' : 'WITNESS_UNREACHABLE' };
  }
}

/** Undefined when there is more than any witness needs to say. */
async function readText({ body }: Response): Promise<string | undefined> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const FAILURES: Readonly<Partial<Record<number, WitnessFailure>>> = {
  403: 'WITNESS_REFUSES_SIGNATURE',
  404: 'WITNESS_KNOWS_NO_SUCH_LOG',
  422: 'WITNESS_SEES_FORK',
  429: 'WITNESS_BUSY',
  503: 'WITNESS_BUSY',
};

function read({ status, body }: Answer, { text }: Uncosigned, asking: Asking): WitnessReply {
  if (status !== 200) return { failure: FAILURES[status] ?? 'WITNESS_ANSWER_MALFORMED' };
  const { key } = asking.witness;
  try {
    const signatures = parseSignatureLines(body).filter((signature) => namesKey(signature, key));
    const time = cosignatureOf(key, { text, signatures }, asking.verify);
    if (time === undefined) return { failure: 'WITNESS_ANSWER_MALFORMED' };
    if (Math.abs(time - asking.now()) > CLOCK_TOLERANCE) return { failure: 'WITNESS_CLOCK_APART' };
    return { signatures, time };
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
    const isMalformed = cause.code === 'NOTE_MALFORMED';
    return { failure: isMalformed ? 'WITNESS_ANSWER_MALFORMED' : 'WITNESS_COSIGNATURE_INVALID' };
  }
}
