import { utf8 } from '#libs/essentials';
import {
  cosignatureOf,
  formatNote,
  formatVkey,
  MerkleError,
  namesKey,
  parseCheckpointText,
  parseNote,
  type NoteSignature,
  type SignedNote,
  type VerifySignature,
} from '#libs/merkle';
import { isQuorum, type PolicyWitness, type TlogPolicy } from '#libs/witnessing';
import { askWitness, type Uncosigned, type WitnessReply } from './ask-witness.js';
import { WitnessError } from './witness-error.js';
import { WitnessStates, type WitnessState } from './witness-states.js';

export interface CosignerOptions {
  readonly policy: TlogPolicy;
  /** Remembers what witnesses hold. */
  readonly stateFile: string;
  /** Milliseconds that a witness has to answer; the longest that a checkpoint waits. */
  readonly timeout?: number;
  /** Milliseconds that a checkpoint waits for further witnesses once it is known whether there is a quorum. */
  readonly grace?: number;
  /** Milliseconds for which a witness that did not answer is left alone; doubled each time, up to a minute. */
  readonly pause?: number;
  readonly verify?: VerifySignature;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A checkpoint with the cosignatures it could get. */
export interface CosignedNote {
  readonly note: string;
  readonly policy: { readonly satisfied: boolean; readonly witnesses: readonly string[] };
}

const DEFAULTS = { timeout: 5_000, grace: 200, pause: 1_000 };
const LONGEST_PAUSE = 60_000;

type AskedWitness = PolicyWitness & { readonly url: string };

/** How a witness is doing, as far as the next question is concerned. */
interface Contact {
  readonly witness: AskedWitness;
  asking?: Promise<void>;
  failures: number;
  /** Milliseconds of `performance.now()`. */
  pausedUntil: number;
}

/**
 * Has the witnesses of a policy cosign the checkpoints of a log, all at once. A checkpoint waits until it has a quorum or cannot get one any
 * more, then a moment for the others, and never longer than the timeout; a witness that does not answer is left alone for a while.
 */
export class WitnessCosigner {
  private readonly contacts: readonly Contact[];
  private readonly closing = new AbortController();

  private constructor(
    private readonly states: WitnessStates,
    private readonly options: Required<Omit<CosignerOptions, 'verify'>> & Pick<CosignerOptions, 'verify'>,
  ) {
    this.contacts = options.policy.witnesses
      .filter(hasUrl)
      .map((witness) => ({ witness, failures: 0, pausedUntil: 0 }));
  }

  /** @throws WitnessError WITNESS_URL_MISSING, WITNESS_URL_UNUSABLE */
  static async open(options: CosignerOptions): Promise<WitnessCosigner> {
    checkWitnesses(options);
    const states = await WitnessStates.open(options.stateFile);
    return new WitnessCosigner(states, { ...DEFAULTS, now: Date.now, ...options });
  }

  /**
   * Asks the witnesses that have not cosigned yet.
   *
   * @param note checkpoint that the log signed
   * @param consistencyFrom proof from an older size to that of the checkpoint
   */
  async cosign(note: string, consistencyFrom: Uncosigned['consistencyFrom']): Promise<CosignedNote> {
    const signed = parseNote(utf8(note));
    const collected = this.heldIn(signed);
    const others = signed.signatures.filter(
      (signature) => !this.options.policy.witnesses.some(({ key }) => namesKey(signature, key)),
    );
    const bare = { text: signed.text, signatures: others };
    if (!isQuorum(this.options.policy, [...collected.keys()])) {
      const checkpoint = parseCheckpointText(signed.text);
      await this.collect(
        { note: formatNote(bare), text: signed.text, checkpoint, consistencyFrom },
        collected,
      );
    }
    const witnesses = this.options.policy.witnesses.filter((witness) => collected.has(witness));
    return {
      note: formatNote({
        ...bare,
        signatures: [...others, ...witnesses.flatMap((one) => collected.get(one)!)],
      }),
      policy: {
        satisfied: isQuorum(this.options.policy, witnesses),
        witnesses: witnesses.map(({ name }) => name),
      },
    };
  }

  /** What is known of each witness of the policy. */
  witnesses(): (WitnessState & { readonly name: string; readonly url?: string })[] {
    return this.options.policy.witnesses.map(({ name, url, key }) => ({
      name,
      url,
      ...this.states.of(formatVkey(key)),
    }));
  }

  /** Breaks off what is still being asked. */
  async close(): Promise<void> {
    this.closing.abort();
    for (const { asking } of this.contacts) await asking;
  }

  /** Cosignatures that the note has already and that hold; others are left out, and asked for again. */
  private heldIn({ text, signatures }: SignedNote): Map<PolicyWitness, readonly NoteSignature[]> {
    const held = new Map<PolicyWitness, readonly NoteSignature[]>();
    for (const witness of this.options.policy.witnesses) {
      const own = signatures.filter((signature) => namesKey(signature, witness.key));
      if (own.length > 0 && this.hold(witness, { text, signatures: own })) held.set(witness, own);
    }
    return held;
  }

  private hold({ key }: PolicyWitness, note: SignedNote): boolean {
    try {
      return cosignatureOf(key, note, this.options.verify) !== undefined;
    } catch (cause) {
      if (!(cause instanceof MerkleError)) throw cause;
      return false;
    }
  }

  private async collect(
    asked: Uncosigned,
    collected: Map<PolicyWitness, readonly NoteSignature[]>,
  ): Promise<void> {
    const free = this.contacts.filter(
      ({ witness, asking, pausedUntil }) =>
        asking === undefined && pausedUntil <= performance.now() && !collected.has(witness),
    );
    const outstanding = new Set<PolicyWitness>(free.map(({ witness }) => witness));
    const isDecided = (): boolean =>
      isQuorum(this.options.policy, [...collected.keys()]) ||
      !isQuorum(this.options.policy, [...collected.keys(), ...outstanding]);
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        if (outstanding.size === 0) resolve();
        else if (isDecided()) setTimeout(resolve, this.options.grace);
      };
      const answered = (contact: Contact, signatures: readonly NoteSignature[] | undefined): void => {
        contact.asking = undefined;
        outstanding.delete(contact.witness);
        if (signatures !== undefined) collected.set(contact.witness, signatures);
        settle();
      };
      for (const contact of free)
        contact.asking = this.ask(contact, asked).then(
          (signatures) => answered(contact, signatures),
          (cause: Error) => {
            answered(contact, undefined);
            reject(cause); // the log could not prove what it asked for
          },
        );
      settle();
    });
  }

  private async ask(contact: Contact, asked: Uncosigned): Promise<readonly NoteSignature[] | undefined> {
    const { timeout, now, verify } = this.options;
    const vkey = formatVkey(contact.witness.key);
    const known = this.states.of(vkey);
    const reply = await askWitness(asked, {
      witness: contact.witness,
      heldSize: known.heldSize,
      signal: AbortSignal.any([AbortSignal.timeout(timeout), this.closing.signal]),
      now: () => now() / 1000,
      verify,
    });
    this.pace(contact, reply);
    if (!this.closing.signal.aborted)
      await this.states.set(vkey, stateAfter(known, reply, asked)).catch(() => undefined); // it only saves a question
    return 'failure' in reply ? undefined : reply.signatures;
  }

  private pace(contact: Contact, reply: WitnessReply): void {
    const isSilent =
      'failure' in reply && (reply.failure === 'WITNESS_UNREACHABLE' || reply.failure === 'WITNESS_TOO_SLOW');
    contact.failures = isSilent ? contact.failures + 1 : 0;
    const pause = Math.min(LONGEST_PAUSE, this.options.pause * 2 ** (contact.failures - 1));
    contact.pausedUntil = isSilent ? performance.now() + pause : 0;
  }
}

function stateAfter(known: WitnessState, reply: WitnessReply, { checkpoint }: Uncosigned): WitnessState {
  if ('failure' in reply)
    return { ...known, heldSize: reply.heldSize ?? known.heldSize, failure: reply.failure };
  return { heldSize: checkpoint.size, cosignedAt: new Date(reply.time * 1000).toISOString() };
}

function hasUrl(witness: PolicyWitness): witness is AskedWitness {
  return witness.url !== undefined;
}

function checkWitnesses({ policy }: CosignerOptions): void {
  for (const { name, url } of policy.witnesses) {
    if (url !== undefined && !/^https?:$/.test(protocolOf(url)))
      throw new WitnessError('WITNESS_URL_UNUSABLE', 'the URL of a witness is not one of http or https', {
        facts: { witness: name },
        nextStep: 'Give its submission prefix, such as https://witness.example.com/w1.',
      });
  }
  if (!isQuorum(policy, policy.witnesses.filter(hasUrl)))
    throw new WitnessError('WITNESS_URL_MISSING', 'the witnesses that have a URL are too few for a quorum', {
      nextStep: 'Add the submission prefixes to the witness lines of the policy file.',
    });
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}
