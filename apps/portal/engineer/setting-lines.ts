/** One setting, by the names that lead to it in the file. */
export interface SettingLine {
  readonly name: string;
  readonly value: string;
}

/** Settings one a line, as they are looked for in lacuna.json: `consent.controller`. */
export function settingLines(settings: Readonly<Record<string, unknown>>, prefix = ''): SettingLine[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const name = prefix + key;
    if (isRecord(value)) return settingLines(value, `${name}.`);
    return [{ name, value: textOf(value) }];
  });
}

function textOf(value: unknown): string {
  const isList = Array.isArray(value) && value.every((member) => typeof member !== 'object');
  if (isList) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
