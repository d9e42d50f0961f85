/** Messages as the files hold them: texts in groups. */
export interface Messages {
  readonly [name: string]: string | Messages;
}

/** Every key with its text, by the dotted name that the portal asks for it by. */
export function keysOf(messages: Messages, prefix = ''): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(messages)) {
    if (typeof value === 'string') found.set(prefix + name, value);
    else for (const [key, text] of keysOf(value, `${prefix}${name}.`)) found.set(key, text);
  }
  return found;
}

/** The name by which a plural is asked for: `records` of `records_one` and `records_other` (Unicode CLDR categories). */
export function askedName(key: string): string {
  return key.replace(/_(zero|one|two|few|many|other)$/, '');
}

/** Names between braces, which are filled in. */
export function gapsOf(text: string): readonly string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
}

/**
 * What a source asks for: every text in quotes that could be a key, and templates such as `phase.${phase}` as patterns. Keys are typed, so a
 * misspelt one does not compile; this finds those that nothing asks for any more.
 */
export function askedIn(source: string): readonly RegExp[] {
  const quoted = [...source.matchAll(/['"]([a-zA-Z]\w*(?:\.\w+)+)['"]/g)].map(([, key]) => key);
  const templates = [...source.matchAll(/`([a-zA-Z][\w.]*(?:\$\{[^}]+\}[\w.]*)+)`/g)].map(([, key]) => key);
  return [...quoted, ...templates].map(
    (key) =>
      new RegExp(
        `^${key
          .replace(/\$\{[^}]+\}/g, '\0')
          .replace(/\./g, '\\.')
          .replace(/\0/g, '[^.]+')}$`,
      ),
  );
}
