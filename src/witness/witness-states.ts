import { readFile } from 'node:fs/promises';
import { writeFileDurably } from '#platform/files';
import type { WitnessFailure } from './ask-witness.js';

/** What a log remembers of a witness. */
export interface WitnessState {
  /** Size of the tree that it cosigned or named last; 0 when it is not known. */
  readonly heldSize: number;
  /** ISO 8601, the time in its last cosignature. */
  readonly cosignedAt?: string;
  /** Why it did not cosign when it was asked last; absent when it did. */
  readonly failure?: WitnessFailure;
}

const SCHEMA = 'urn:lacuna:witness-states:v1';

/** States of witnesses by their vkeys, in a file. They only save a question: what is lost or wrong, the witness puts right. */
export class WitnessStates {
  private constructor(
    private readonly file: string,
    private readonly states: Map<string, WitnessState>,
  ) {}

  static async open(file: string): Promise<WitnessStates> {
    return new WitnessStates(file, new Map(await read(file)));
  }

  of(vkey: string): WitnessState {
    return this.states.get(vkey) ?? { heldSize: 0 };
  }

  async set(vkey: string, state: WitnessState): Promise<void> {
    if (JSON.stringify(this.states.get(vkey)) === JSON.stringify(state)) return;
    this.states.set(vkey, state);
    const witnesses = [...this.states].map(([key, one]) => ({ vkey: key, ...one }));
    await writeFileDurably(this.file, `${JSON.stringify({ schema: SCHEMA, witnesses }, undefined, 2)}\n`);
  }
}

async function read(file: string): Promise<[string, WitnessState][]> {
  try {
    const { schema, witnesses } = JSON.parse(await readFile(file, 'utf8')) as {
      schema: string;
      witnesses: ({ vkey: string } & WitnessState)[];
    };
    const isSound = ({ heldSize }: WitnessState): boolean => Number.isSafeInteger(heldSize) && heldSize >= 0;
    return schema !== SCHEMA ? [] : witnesses.filter(isSound).map(({ vkey, ...state }) => [vkey, state]);
  } catch {
    return [];
  }
}
