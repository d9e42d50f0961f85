import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { TrustView } from '#libs/portal-contract';
import { Public } from '#platform/http';
import type { TrustFolderFiles } from '../offline-bundle.js';

/** Gives the trust files as they are now; an injection token. */
export const TRUST_FOLDER = Symbol('TRUST_FOLDER');

/**
 * What verifiers need to trust this installation. Public, as the ledger is: whoever verifies compares it with what another source says.
 */
@ApiTags('explorer')
@Public()
@Controller('v1/trust')
export class TrustController {
  constructor(@Inject(TRUST_FOLDER) private readonly files: () => TrustFolderFiles) {}

  @Get()
  @Header('cache-control', 'no-cache')
  @ApiOperation({ summary: 'The files that lacuna-verify takes in --trust, by name' })
  @ApiOkResponse({ description: 'Names and contents' })
  trust(): TrustView {
    return { files: this.files() };
  }
}
