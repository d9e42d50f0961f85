import {
  PartialVerificationError,
  type Claim,
  type ClaimReport,
  type Finding,
  type Findings,
  type NotProven,
  type VerifiedStep,
} from '#libs/verification';
import { EXIT, exitCodeOf, printRefusal, refusalAsJson, type ExitCode, type Output } from './output.js';

/** Told what happens while a claim is verified. */
export interface Watcher {
  readonly onStep: (step: VerifiedStep) => void;
  /** One line about long work; never part of the result. */
  readonly onProgress: (line: string) => void;
}

/** One command of `lacuna-verify`: what it verifies and how it says so. Everything else is the same for all. */
export interface ClaimCommand<Inputs, Report extends ClaimReport> {
  readonly claim: Claim;
  /** @throws coded errors: VerifierError when an input cannot be used at all, others when the claim is refused */
  readonly verify: (inputs: Inputs, watcher: Watcher) => Promise<Report>;
  /** What was established, for people; the first line sums it up. */
  readonly describe: (report: Report) => readonly string[];
}

/** A command as `run` starts it. `inputs` are what the table of commands names: options, and the argument under its name. */
export type RunClaim = (inputs: Record<string, unknown>, output: Output) => Promise<ExitCode>;

/**
 * Makes a command out of a claim: prints each step as it succeeds and then what was established, or, with `json`, one document:
 * { verified, claim, steps, …facts, notProven } or { verified: false, claim, steps, error }. Where something that the claim rests on is gone, what could be
 * checked nevertheless and what could not stands beside the error: { …, checked, notCheckable }.
 */
export function claimCommand<Inputs, Report extends ClaimReport>(
  command: ClaimCommand<Inputs, Report>,
): RunClaim {
  return (inputs, output) =>
    inputs.json === true
      ? forPrograms(command, inputs as Inputs, output)
      : forPeople(command, inputs as Inputs, output);
}

async function forPeople<Inputs, Report extends ClaimReport>(
  { verify, describe }: ClaimCommand<Inputs, Report>,
  inputs: Inputs,
  output: Output,
): Promise<ExitCode> {
  const onStep = ({ step, meaning }: VerifiedStep): void => output.print(`✓ ${step.padEnd(11)} ${meaning}`);
  try {
    const report = await verify(inputs, { onStep, onProgress: output.printError });
    [...describe(report), ...describeOpen(report.notProven)].forEach(output.print);
    return EXIT.verified;
  } catch (error) {
    describeFindings(findingsOf(error)).forEach(output.print);
    return printRefusal(error, output);
  }
}

async function forPrograms<Inputs, Report extends ClaimReport>(
  { claim, verify }: ClaimCommand<Inputs, Report>,
  inputs: Inputs,
  output: Output,
): Promise<ExitCode> {
  const steps: VerifiedStep[] = [];
  const print = (document: object): void => output.print(JSON.stringify(document, undefined, 2));
  try {
    print(await verify(inputs, { onStep: (step) => steps.push(step), onProgress: output.printError }));
    return EXIT.verified;
  } catch (error) {
    print({ verified: false, claim, steps, error: refusalAsJson(error), ...findingsOf(error) });
    return exitCodeOf(error);
  }
}

function describeOpen(notProven: readonly NotProven[]): string[] {
  if (notProven.length === 0) return [];
  return ['', 'What this does not show:', ...notProven.map(({ code, meaning }) => `  ${code}: ${meaning}`)];
}

function findingsOf(error: unknown): Findings | undefined {
  return error instanceof PartialVerificationError ? error.findings : undefined;
}

function describeFindings(findings: Findings | undefined): string[] {
  if (findings === undefined) return [];
  const lines = (sign: string, found: readonly Finding[]): string[] =>
    found.map(({ code, meaning, facts = {} }) => {
      const stated = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
      return `${sign} ${code}: ${meaning}${stated.length > 0 ? ` (${stated.join(', ')})` : ''}`;
    });
  return [
    '',
    'What could still be checked, and holds:',
    ...lines('  ✓', findings.checked),
    'What nobody can check any more:',
    ...lines('  –', findings.notCheckable),
  ];
}
