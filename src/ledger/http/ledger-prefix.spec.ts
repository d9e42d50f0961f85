import { describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { ledgerPrefix } from './ledger-prefix.js';

function routed(origin: string, url: string): string {
  const request = { url } as Request;
  ledgerPrefix(origin)(request, {} as Response, () => undefined);
  return request.url;
}

describe('a ledger under the path of its origin', () => {
  it.each([
    ['log.example.org/unlearning', '/unlearning/checkpoint', '/ledger/checkpoint'],
    ['log.example.org/unlearning/v1', '/unlearning/v1/tile/0/000', '/ledger/tile/0/000'],
    ['log.example.org/unlearning/', '/unlearning/statements/7', '/ledger/statements/7'],
    ['log.example.org', '/checkpoint', '/ledger/checkpoint'],
  ])('of %s is found at %s', (origin, url, served) => {
    expect(routed(origin, url)).toBe(served);
  });

  it.each([
    ['log.example.org/unlearning', '/unlearning/models'],
    ['log.example.org/unlearning', '/v1/checkpoint'],
    ['log.example.org/v1', '/v1/models'],
    ['log.example.org', '/v1/checkpoint'],
    ['log.example.org', '/ledger/checkpoint'],
  ])('of %s leaves %s alone', (origin, url) => {
    expect(routed(origin, url)).toBe(url);
  });
});
