/**
 * Splits one line of a delimited file. Quotes as in RFC 4180 §2, except that a field cannot hold a line end.
 *
 * @returns undefined when a quote is not closed or text follows a closed one
 */
export function splitLine(line: string, delimiter: string): string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = line[at] === '"' ? quotedField(line, at) : plainField(line, at, delimiter);
    if (field === undefined) return undefined;
    fields.push(field.value);
    if (field.end === line.length) return fields;
    if (!line.startsWith(delimiter, field.end)) return undefined;
    at = field.end + delimiter.length;
  }
}

function plainField(line: string, at: number, delimiter: string) {
  const found = line.indexOf(delimiter, at);
  const end = found < 0 ? line.length : found;
  return { value: line.slice(at, end), end };
}

function quotedField(line: string, at: number) {
  for (let quote = line.indexOf('"', at + 1); quote >= 0; quote = line.indexOf('"', quote + 2))
    if (line[quote + 1] !== '"')
      return { value: line.slice(at + 1, quote).replaceAll('""', '"'), end: quote + 1 };
  return undefined;
}
