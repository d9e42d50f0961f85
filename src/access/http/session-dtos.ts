import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';
import { STAFF_ROLES, type StaffRole } from '#platform/callers';
import { MAX_PASSWORD, MIN_PASSWORD } from '../passwords.js';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const MAX_TOKEN = 8_192;

export class LoginDto {
  @ApiProperty({ description: 'User name, in capitals or not' })
  @IsString()
  @Length(1, 128)
  user!: string;

  @ApiProperty({ format: 'password' })
  @IsString()
  @Length(1, MAX_PASSWORD)
  password!: string;
}

export class SetUpDto {
  @ApiProperty({ description: 'What stands behind # in the set-up link' })
  @Matches(TOKEN)
  token!: string;

  @ApiProperty({ description: 'User name of your choice' })
  @IsString()
  @Matches(/^\S{3,128}$/u)
  user!: string;

  @ApiProperty({ format: 'password', minLength: MIN_PASSWORD })
  @IsString()
  @Length(1, MAX_PASSWORD)
  password!: string;
}

export class PasswordDto {
  @ApiProperty({ format: 'password' })
  @IsString()
  @Length(1, MAX_PASSWORD)
  current!: string;

  @ApiProperty({ format: 'password', minLength: MIN_PASSWORD })
  @IsString()
  @Length(1, MAX_PASSWORD)
  next!: string;
}

export class ChallengeDto {
  @ApiProperty({ description: 'Mail address, or anything else under which the controller knows the person' })
  @IsString()
  @Length(1, 255)
  address!: string;

  @ApiProperty({ enum: ['en', 'de'] })
  @IsIn(['en', 'de'])
  locale!: 'en' | 'de';
}

export class ChallengeAnswerDto {
  @ApiProperty({ description: 'The code from the mail; spaces do not matter', example: '1234 5678' })
  @IsString()
  @MaxLength(32)
  code!: string;
}

export class TokenDto {
  @ApiProperty({ description: 'What stands behind # in the mailed link, or a token of the host application' })
  @IsString()
  @Length(1, MAX_TOKEN)
  token!: string;
}

export class FollowDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  requestId!: string;

  @ApiProperty({ description: 'Shown once, when the request was made' })
  @IsString()
  @Length(1, 200)
  followKey!: string;
}

export class InviteDto {
  @ApiProperty({ description: 'For the list of accounts; sealed, and in no event' })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty({ enum: STAFF_ROLES, isArray: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(STAFF_ROLES, { each: true })
  roles!: StaffRole[];
}

export class AccountChangeDto {
  @ApiPropertyOptional({ enum: STAFF_ROLES, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(STAFF_ROLES, { each: true })
  roles?: StaffRole[];

  @ApiPropertyOptional({ description: 'A disabled account is signed out at once' })
  @IsOptional()
  @IsBoolean()
  disabled?: boolean;
}
