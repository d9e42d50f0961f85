const PATIENCE = 90_000; // ms: machines that test several things at once are slow
const AGAIN = 50; // ms

/** Asks until there is an answer. @param what is waited for, as the error names it */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  for (const until = Date.now() + PATIENCE; ; await new Promise((next) => setTimeout(next, AGAIN))) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`waited in vain for ${what}`);
  }
}
