import type { NextFunction, Request, Response } from 'express';

const OWN_PREFIX = '/ledger';
const RESOURCE = /^\/(?:(?:checkpoint|policy|witnesses)$|tile\/|statements\/)/;

/**
 * Answers for the ledger also below the path that its origin names: the origin of a log is one of its URL prefixes without the scheme
 * (C2SP tlog-tiles, "Parameters"), and clients find the log by it.
 *
 * @example
 * app.use(ledgerPrefix('log.example.org/unlearning')); // GET /unlearning/checkpoint
 */
export function ledgerPrefix(origin: string) {
  const slash = origin.indexOf('/');
  const prefix = slash < 0 ? '' : origin.slice(slash).replace(/\/+$/, '');
  return (request: Request, _: Response, next: NextFunction): void => {
    const rest = request.url.slice(prefix.length);
    if (request.url.startsWith(prefix) && RESOURCE.test(rest)) request.url = OWN_PREFIX + rest;
    next();
  };
}
