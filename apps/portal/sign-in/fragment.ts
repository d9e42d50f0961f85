/**
 * Takes a secret out of the address: it came behind `#`, which is sent to no server, and must not stay in the history of the browser either.
 *
 * @example
 * const [token] = useState(takeFragment);
 */
export function takeFragment(): string {
  const secret = window.location.hash.slice(1);
  if (secret !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  return secret;
}
