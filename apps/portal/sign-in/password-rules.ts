/** Length is what makes a password hard to guess; the server asks for as much (NIST SP 800-63B §5.1.1.2). */
export const PASSWORD_LENGTH = 15;

export function isLongEnough(password: string): boolean {
  return [...password].length >= PASSWORD_LENGTH;
}
