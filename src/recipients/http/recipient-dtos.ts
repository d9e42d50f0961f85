import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';
import type { CreateRecipientBody } from '#libs/portal-contract';
import { PageQueryDto } from '#platform/http';

const SIGNINGS = ['hmac-sha256', 'ed25519'] as const;

export class CreateRecipientDto implements CreateRecipientBody {
  @ApiProperty({ description: 'As certificates name it', example: 'mail-provider' })
  @IsString()
  @Length(1, 128)
  name!: string;

  @ApiProperty({ example: 'https://partner.example.com/hooks/privacy' })
  @IsString()
  @Length(1, 2_048)
  url!: string;

  @ApiProperty({ enum: SIGNINGS })
  @IsIn(SIGNINGS)
  signing!: (typeof SIGNINGS)[number];

  @ApiPropertyOptional({
    description:
      'Public key with which the recipient signs acknowledgements, whpk_…; not needed with a shared secret',
  })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  acknowledgementKey?: string;
}

export class DeliveriesQueryDto extends PageQueryDto {
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  requestId?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  recipientId?: string;
}
