export { CodedErrorFilter, problemOf, type ErrorReporter, type Problem } from './coded-error-filter.js';
export { configureHttp, type HttpOptions } from './configure-http.js';
export { HttpError, type HttpErrorCode } from './http-error.js';
export { Public, Roles, type Role } from './roles.js';
export { RolesGuard } from './roles-guard.js';
export { statusOfCode } from './status-of-code.js';
export { HashedTokenVerifier, mintToken, TokenVerifier, type HashedToken, type Principal } from './tokens.js';
export { OneOrManyPipe, uuidPipe, validationPipe, wholeNumberPipe } from './validation.js';
