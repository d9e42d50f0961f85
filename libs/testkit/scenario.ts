import { expect } from '@jest/globals';
import type { CodedError } from '#libs/essentials';

/** A domain in the two functions of the house style: decide (may throw a coded error) and evolve (never throws). */
export interface Decider<Command, State, Event> {
  readonly initial: State;
  readonly decide: (command: Command, state: State) => Event | readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
}

export interface Outcome<Event> {
  /** Exactly these events, in this order. */
  then(...expected: readonly Event[]): void;
  thenNothing(): void;
  /** Refused with this code. */
  thenRefused(code: string): void;
}

/**
 * Given / when / then over a decider.
 *
 * @example
 * const given = scenario(consent);
 * given(granted).when(withdraw).then(withdrawn);
 * given().when(withdraw).thenRefused('CONSENT_NOT_GIVEN');
 */
export function scenario<Command, State, Event>(domain: Decider<Command, State, Event>) {
  return (...history: readonly Event[]) => ({
    when(command: Command): Outcome<Event> {
      const state = history.reduce(domain.evolve, domain.initial);
      const run = (): readonly Event[] => [domain.decide(command, state)].flat() as Event[];
      return {
        then: (...expected) => expect(run()).toEqual(expected),
        thenNothing: () => expect(run()).toEqual([]),
        thenRefused: (code) => expect(refusalOf(run)).toBe(code),
      };
    },
  });
}

/** The code of the coded error that the function throws; 'nothing was refused' when it does not throw. */
export function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as CodedError).code ?? String(error);
  }
  return 'nothing was refused';
}

/** The same for something asynchronous. */
export async function refusalOfAsync(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return (error as CodedError).code ?? String(error);
  }
  return 'nothing was refused';
}
