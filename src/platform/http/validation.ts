import {
  Injectable,
  ValidationPipe,
  type PipeTransform,
  type Type,
  type ValidationError,
} from '@nestjs/common';
import { isUUID } from 'class-validator';
import { HttpError } from './http-error.js';

/** Takes only what a DTO declares, names the first field that is wrong, and never quotes a value. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => malformed(errors[0]),
  });
}

/** For a body that is one DTO or a list of them; the handler always gets a list. */
@Injectable()
export class OneOrManyPipe<T extends object> implements PipeTransform<unknown, Promise<T[]>> {
  private readonly each = validationPipe();

  constructor(
    private readonly dto: Type<T>,
    private readonly most: number,
  ) {}

  async transform(value: unknown): Promise<T[]> {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > this.most)
      throw new HttpError('BODY_TOO_LARGE', `The list is longer than ${this.most}`, {
        facts: { length: list.length },
        nextStep: 'Send it in parts.',
      });
    const parsed: T[] = [];
    for (const one of list) {
      if (typeof one !== 'object' || one === null || Array.isArray(one))
        throw new HttpError('REQUEST_MALFORMED', 'The body is neither an object nor a list of objects');
      parsed.push((await this.each.transform(one, { type: 'body', metatype: this.dto })) as T);
    }
    return parsed;
  }
}

/**
 * A whole number in a path or query.
 * @param fallback when it is left out; without one it may not be
 */
export const wholeNumberPipe = (field: string, fallback?: number): PipeTransform<unknown, number> => ({
  transform(value) {
    const number = value === undefined ? fallback : Number(value);
    if (Number.isSafeInteger(number)) return number as number;
    throw malformedField(field, `${field} must be a whole number`);
  },
});

/** A UUID in a path; the handler gets it in lower case. */
export const uuidPipe = (field: string): PipeTransform<string, string> => ({
  transform(value) {
    if (isUUID(value)) return value.toLowerCase();
    throw malformedField(field, `${field} must be a UUID`);
  },
});

/** @param within field that the error is in */
function malformed(error: ValidationError | undefined, within?: string): HttpError {
  if (isUnknown(error)) return malformedField(within, 'it has a field that is not documented'); // whose name is the caller’s text
  const field = [within, error?.property].filter((name) => name !== undefined).join('.') || undefined;
  if (error?.children?.length) return malformed(error.children[0], field);
  const [reason = 'the body is not of the documented form'] = Object.values(error?.constraints ?? {});
  return malformedField(field, reason);
}

function isUnknown(error: ValidationError | undefined): boolean {
  return error?.constraints?.whitelistValidation !== undefined;
}

function malformedField(field: string | undefined, reason: string): HttpError {
  return new HttpError('REQUEST_MALFORMED', `The request is not of the documented form: ${reason}`, {
    facts: { field },
    nextStep: 'See /docs for the fields and their forms.',
  });
}
