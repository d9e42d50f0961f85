import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Public } from '#platform/http';
import { LedgerError } from '../ledger-error.js';

/** Folder with the ledger's static files; an injection token. */
export const LEDGER_FOLDER = Symbol('LEDGER_FOLDER');

const TILE = /^tile\/(?:entries|\d{1,2})\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d{1,3})?$/; // C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles"
const FULL_TILE = /\/\d{3}$/;

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
    return this.send(response, 'checkpoint', 'text/plain; charset=utf-8', 'no-cache');
  }

  @Get('tile/*path')
  @ApiOperation({ summary: 'A tile of hashes or a bundle of entries, by its tlog-tiles path' })
  @ApiOkResponse({ content: { 'application/octet-stream': {} } })
  tile(@Req() request: Request, @Res() response: Response): Promise<void> {
    const path = request.path.replace(/^\/ledger\//, '');
    if (!TILE.test(path)) throw notThere();
    const caching = FULL_TILE.test(path) ? 'public, max-age=31536000, immutable' : 'public, max-age=60';
    return this.send(response, path, 'application/octet-stream', caching);
  }

  private send(response: Response, file: string, type: string, caching: string): Promise<void> {
    const headers = { 'content-type': type, 'cache-control': caching };
    return new Promise((resolve, reject) => {
      response.sendFile(
        file,
        { root: this.folder, headers, cacheControl: false, dotfiles: 'deny' },
        (error?: Error) => {
          if (error === undefined || error === null) resolve();
          else reject(notThere(error));
        },
      );
    });
  }
}

function notThere(cause?: Error): LedgerError {
  return new LedgerError('LEDGER_FILE_UNKNOWN', 'the ledger has no such file', {
    nextStep: 'Start at /ledger/checkpoint; it says how far the ledger goes.',
    cause,
  });
}
