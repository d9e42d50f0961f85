import { CodedError } from '#libs/essentials';

export type HttpErrorCode =
  | 'TOKEN_MISSING'
  | 'TOKEN_UNKNOWN'
  | 'ROLE_NOT_GRANTED'
  | 'CROSS_SITE_REQUEST'
  | 'CSRF_TOKEN_WRONG'
  | 'REQUEST_MALFORMED'
  | 'BODY_NOT_JSON'
  | 'BODY_TOO_LARGE'
  | 'BODY_TOO_SLOW'
  | 'BODY_SILENT'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'ROUTE_NOT_FOUND'
  | 'SERVER_STOPPING';

/** What the HTTP layer itself has against a request. */
export class HttpError extends CodedError<HttpErrorCode> {}
