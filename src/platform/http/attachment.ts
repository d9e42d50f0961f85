import { StreamableFile } from '@nestjs/common';

/** A file to be saved. @param name of letters, digits, dots and dashes */
export function attachment(bytes: Uint8Array, name: string, type: string): StreamableFile {
  return new StreamableFile(bytes, { type, disposition: `attachment; filename="${name}"` });
}
