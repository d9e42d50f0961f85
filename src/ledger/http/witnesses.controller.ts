import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { TRUST_POLICY } from '#libs/certificate';
import { parseCheckpointText, parseNote } from '#libs/merkle';
import { checkPolicy, parsePolicy, reportOf, type WitnessReport } from '#libs/witnessing';
import { Public } from '#platform/http';
import { LedgerError } from '../ledger-error.js';
import { LEDGER_FOLDER } from './ledger.controller.js';

class CosignatureView {
  @ApiProperty({ description: 'What the policy calls the witness' })
  name!: string;
  @ApiProperty({ description: 'The name in its vkey' })
  key!: string;
  @ApiProperty({ description: 'ISO 8601' })
  at!: string;
}

/** Who saw the published checkpoint. */
class WitnessesView implements WitnessReport {
  @ApiProperty()
  origin!: string;
  @ApiProperty({ description: 'Of the tree that the checkpoint covers' })
  size!: number;
  @ApiProperty({ description: 'What the policy asks for, in words; none when there is no policy' })
  quorum!: string;
  @ApiProperty({ description: 'Whether the checkpoint has it' })
  satisfied!: boolean;
  @ApiProperty({ type: [CosignatureView] })
  cosigned!: CosignatureView[];
}

/** Which policy the log is published under, and whether its checkpoint satisfies it. Public: anybody can compute it from the two files. */
@ApiTags('ledger')
@Public()
@Controller('ledger')
export class WitnessesController {
  constructor(@Inject(LEDGER_FOLDER) private readonly folder: string) {}

  @Get('policy')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('cache-control', 'no-cache')
  @ApiOperation({
    summary: 'The witnesses that are asked, and how many of them are enough (C2SP tlog-policy)',
  })
  @ApiOkResponse({ content: { 'text/plain': {} } })
  async policy(): Promise<string> {
    const file = await this.read(TRUST_POLICY);
    if (file === undefined)
      throw new LedgerError('LEDGER_FILE_UNKNOWN', 'the ledger is published without a policy', {
        nextStep: 'Ask the operator for witnesses; /ledger/checkpoint bears the signature of the log alone.',
      });
    return file.toString('utf8');
  }

  @Get('witnesses')
  @Header('cache-control', 'no-cache')
  @ApiOperation({ summary: 'Who cosigned the latest checkpoint, and whether the policy is satisfied' })
  @ApiOkResponse({ type: WitnessesView })
  async witnesses(): Promise<WitnessesView> {
    const checkpoint = await this.read('checkpoint');
    if (checkpoint === undefined)
      throw new LedgerError('LEDGER_NOT_PUBLISHED', 'nothing has been published yet');
    const note = parseNote(checkpoint);
    const { origin, size } = parseCheckpointText(note.text);
    const file = await this.read(TRUST_POLICY);
    if (file === undefined) return { origin, size, quorum: 'none', satisfied: true, cosigned: [] };
    const policy = parsePolicy(file);
    const witnessed = checkPolicy(policy, note);
    const { quorum, cosigned } = reportOf(policy, witnessed);
    return { origin, size, quorum, satisfied: witnessed.satisfied, cosigned: [...cosigned] };
  }

  private read(name: string): Promise<Buffer | undefined> {
    return readFile(path.join(this.folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }
}
