import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { LETTERS, LOCALES, type Locale } from '#libs/letters';
import type { LetterName, LetterView } from '#libs/portal-contract';
import { Audited, Roles, uuidPipe } from '#platform/http';
import { LetterDesk } from '../letter-desk.js';
import { LettersError } from '../letters-error.js';

class LetterQueryDto {
  @ApiPropertyOptional({ enum: LOCALES })
  @IsOptional()
  @IsIn(LOCALES)
  locale?: Locale;
}

function letterNamed(text: string): LetterName {
  const letter = LETTERS.find((name) => name === text);
  if (letter !== undefined) return letter;
  throw new LettersError('LETTER_UNKNOWN', 'there is no letter of that name', {
    nextStep: `Name one of ${LETTERS.join(', ')}.`,
  });
}

@ApiTags('requests')
@ApiBearerAuth()
@ApiParam({ name: 'letter', enum: LETTERS })
@Controller('v1/requests/:requestId/letters/:letter')
@Roles('dpo')
export class LettersController {
  constructor(@Inject(LetterDesk) private readonly desk: LetterDesk) {}

  @Get()
  @Audited('letter.read')
  @ApiOperation({ summary: 'A letter about a request, as it would be sent or was sent last' })
  view(
    @Param('requestId', uuidPipe('requestId')) requestId: string,
    @Param('letter') letter: string,
    @Query() { locale }: LetterQueryDto,
  ): Promise<LetterView> {
    return this.desk.view(requestId, letterNamed(letter), locale);
  }

  @Post()
  @HttpCode(200)
  @Audited('letter.send')
  @ApiOperation({ summary: 'Send it to the mail address of the person, while one is known' })
  send(
    @Param('requestId', uuidPipe('requestId')) requestId: string,
    @Param('letter') letter: string,
    @Query() { locale }: LetterQueryDto,
  ): Promise<LetterView> {
    return this.desk.send(requestId, letterNamed(letter), locale);
  }
}
