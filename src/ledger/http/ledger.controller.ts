import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Public } from '#platform/http';
import { LedgerError } from '../ledger-error.js';

/** Folder with the ledger's static files; an injection token. */
export const LEDGER_FOLDER = Symbol('LEDGER_FOLDER');

// C2SP tlog-tiles, "Merkle Tree", "Partial Tiles" and "Log entries": levels 0 to 63, widths 1 to 255, no leading zeros.
const LEVEL = '(?:entries|[0-9]|[1-5][0-9]|6[0-3])';
const INDEX = '(?:x\\d{3}/)*\\d{3}';
const WIDTH = '(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
const TILE = new RegExp(`^tile/${LEVEL}/${INDEX}(?:\\.p/${WIDTH})?$`);
const FULL_TILE = /\/\d{3}$/;
const STATEMENT = /^(?:0|[1-9]\d{0,15})(?:\.sigstore\.json)?$/;

const CACHING = {
  none: 'no-cache',
  day: 'public, max-age=86400',
  forEver: 'public, max-age=31536000, immutable',
} as const;

interface Sent {
  readonly type: string;
  readonly caching: string;
  readonly compressed?: boolean;
}

const packed = promisify(gzip);

/** The ledger as C2SP tlog-tiles. Public, and the same bytes that any web server could serve from the folder. */
@ApiTags('ledger')
@Public()
@Controller('ledger')
export class LedgerController {
  constructor(@Inject(LEDGER_FOLDER) private readonly folder: string) {}

  @Get('checkpoint')
  @ApiOperation({ summary: 'The latest checkpoint, a signed note' })
  @ApiOkResponse({ content: { 'text/plain': {} } })
  checkpoint(@Res() response: Response): Promise<void> {
    return this.send(response, 'checkpoint', { type: 'text/plain; charset=utf-8', caching: CACHING.none });
  }

  /** A partial tile never changes, but gives way to the full one: a client that misses it asks for that. */
  @Get('tile/*path')
  @ApiOperation({ summary: 'A tile of hashes or a bundle of entries, by its tlog-tiles path' })
  @ApiOkResponse({ content: { 'application/octet-stream': {} } })
  tile(@Req() request: Request, @Res() response: Response): Promise<void> {
    const file = request.path.replace(/^\/ledger\//, '');
    if (!TILE.test(file)) throw notThere(response);
    const caching = FULL_TILE.test(file) ? CACHING.forEver : CACHING.day;
    const isBundle = file.startsWith('tile/entries/');
    if (isBundle) response.vary('Accept-Encoding');
    const compressed = isBundle && request.acceptsEncodings('gzip') === 'gzip';
    return this.send(response, file, { type: 'application/octet-stream', caching, compressed });
  }

  @Get('statements/:index')
  @ApiOperation({ summary: 'What an entry stands for, unless it is a certificate: a Sigstore bundle' })
  @ApiParam({ name: 'index', description: 'of the entry; .sigstore.json may follow' })
  @ApiOkResponse({ content: { 'application/vnd.dev.sigstore.bundle.v0.3+json': {} } })
  statement(@Param('index') index: string, @Res() response: Response): Promise<void> {
    if (!STATEMENT.test(index)) throw notThere(response);
    const file = `statements/${index.replace('.sigstore.json', '')}.sigstore.json`;
    const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    return this.send(response, file, { type, caching: CACHING.day });
  }

  private async send(response: Response, file: string, { type, caching, compressed }: Sent): Promise<void> {
    const content = await this.read(response, file);
    response.set({ 'content-type': type, 'cache-control': caching });
    if (compressed) response.set('content-encoding', 'gzip').send(await packed(content));
    else response.send(content);
  }

  private async read(response: Response, file: string): Promise<Buffer> {
    try {
      return await readFile(path.join(this.folder, file));
    } catch (cause) {
      throw notThere(response, cause);
    }
  }
}

/** What is missing now may be there with the next checkpoint, so nobody may remember that it was not. */
function notThere(response: Response, cause?: unknown): LedgerError {
  response.set('cache-control', 'no-store');
  return new LedgerError('LEDGER_FILE_UNKNOWN', 'the ledger has no such file', {
    nextStep:
      'Start at /ledger/checkpoint; it says how far the ledger goes. A partial tile gives way to the full one.',
    cause,
  });
}
