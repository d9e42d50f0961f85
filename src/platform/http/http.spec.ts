import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Post } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { IsInt, IsString } from 'class-validator';
import request from 'supertest';
import { CodedError } from '#libs/essentials';
import { HashedTokenVerifier, mintToken } from '#platform/callers';
import { configureHttp, OneOrManyPipe, problemOf, Public, Roles } from './index.js';

class SampleError extends CodedError<'ITEM_UNKNOWN' | 'STORE_DAMAGED'> {}

class SampleDto {
  @IsString()
  name!: string;

  @IsInt()
  count!: number;
}

@Controller()
class SampleController {
  @Get('open')
  @Public()
  open() {
    return { ok: true };
  }

  @Get('feed')
  @Roles('ingest')
  feed() {
    return { ok: true };
  }

  @Get('forgotten')
  forgotten() {
    return { ok: true };
  }

  @Get('coded')
  @Public()
  coded() {
    throw new SampleError('ITEM_UNKNOWN', 'The item is not in the catalogue', {
      facts: { field: 'item' },
      nextStep: 'Catalogue it.',
    });
  }

  @Get('broken')
  @Public()
  broken() {
    throw new Error('password=hunter2');
  }

  @Get('damaged')
  @Public()
  damaged() {
    throw new SampleError('STORE_DAMAGED', 'page 7 of the file');
  }

  @Post('one')
  @Public()
  one(@Body() body: SampleDto) {
    return body;
  }

  @Post('many')
  @Public()
  many(@Body(new OneOrManyPipe(SampleDto, 2)) body: SampleDto[]) {
    return body;
  }
}

const feeder = mintToken();
const reader = mintToken();
let app: NestExpressApplication;
let reported: unknown[] = [];
const get = (path: string, token?: string) => {
  const call = request(app.getHttpServer()).get(path);
  return token === undefined ? call : call.set('Authorization', `Bearer ${token}`);
};
const post = (path: string, body: object) => request(app.getHttpServer()).post(path).send(body);

beforeAll(async () => {
  const module = await Test.createTestingModule({ controllers: [SampleController] }).compile();
  app = module.createNestApplication<NestExpressApplication>({ logger: false });
  const tokens = new HashedTokenVerifier([
    { tokenSha256: feeder.tokenSha256, roles: ['ingest'] },
    { tokenSha256: reader.tokenSha256, roles: ['serve'] },
  ]);
  configureHttp(app, { tokens, report: (error) => reported.push(error) });
  await app.init();
});
afterAll(() => app.close());
beforeEach(() => {
  reported = [];
});

describe('who may call a route', () => {
  it('lets a token with the role in', async () => {
    expect((await get('/feed', feeder.token)).status).toBe(200);
  });

  it('asks for a token when there is none', async () => {
    const answer = await get('/feed');
    expect(answer).toMatchObject({ status: 401, body: { code: 'TOKEN_MISSING' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('refuses a token that nobody issued', async () => {
    expect(await get('/feed', mintToken().token)).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_UNKNOWN' },
    });
  });

  it('refuses a token without the role', async () => {
    expect(await get('/feed', reader.token)).toMatchObject({
      status: 403,
      body: { code: 'ROLE_NOT_GRANTED' },
    });
  });

  it('lets everybody into a public route, and nobody into one that names no role', async () => {
    expect((await get('/open')).status).toBe(200);
    expect((await get('/forgotten', feeder.token)).status).toBe(403);
  });

  it('refuses a configuration whose digest is none', () => {
    expect(() => new HashedTokenVerifier([{ tokenSha256: 'secret', roles: [] }])).toThrow(TypeError);
  });
});

describe('how a route fails', () => {
  it('answers a coded error as problem+json with code, facts and next step', async () => {
    const answer = await get('/coded');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: 'urn:lacuna:problem:ITEM_UNKNOWN',
      title: 'The item is not in the catalogue',
      status: 404,
      code: 'ITEM_UNKNOWN',
      nextStep: 'Catalogue it.',
      facts: { field: 'item' },
    });
    expect(reported).toEqual([]);
  });

  it.each(['/broken', '/damaged'])(
    'tells the operator and not the caller what went wrong at %s',
    async (path) => {
      const answer = await get(path);
      expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
      expect(answer.text).not.toMatch(/hunter2|page 7/);
      expect(reported).toHaveLength(1);
    },
  );

  it('answers a path that is not there, and a body that is not JSON', async () => {
    expect((await get('/nowhere')).body).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
    const bad = request(app.getHttpServer())
      .post('/one')
      .set('Content-Type', 'application/json')
      .send('{"name":');
    expect((await bad).body).toMatchObject({ status: 400, code: 'BODY_NOT_JSON' });
  });

  it('answers a body that is too large', async () => {
    const large = await post('/one', { name: 'x'.repeat(2_100_000), count: 1 });
    expect(large.body).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  it('gives a value that is no error the status 500', () => {
    expect(problemOf('thrown text')).toMatchObject({ status: 500, code: 'INTERNAL' });
  });
});

describe('what a route takes', () => {
  it('takes what the DTO declares', async () => {
    expect((await post('/one', { name: 'a', count: 1 })).body).toEqual({ name: 'a', count: 1 });
  });

  it.each([
    ['a wrong type', { name: 'a', count: 'secret-value' }, 'count'],
    ['a missing field', { count: 1 }, 'name'],
  ])('refuses %s and names the field, not the value', async (_, body, field) => {
    const answer = await post('/one', body);
    expect(answer.body).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED', facts: { field } });
    expect(answer.text).not.toContain('secret-value');
  });

  it('refuses a field that is not declared, and does not repeat its name', async () => {
    const answer = await post('/one', { name: 'a', count: 1, secretField: true });
    expect(answer.body).toMatchObject({ status: 400, code: 'REQUEST_MALFORMED' });
    expect(answer.text).not.toContain('secretField');
  });

  it('takes one or a list where both are documented', async () => {
    const one = { name: 'a', count: 1 };
    expect((await post('/many', one)).body).toEqual([one]);
    expect((await post('/many', [one, one])).body).toEqual([one, one]);
  });

  it('refuses a list with a wrong member, a list that is too long, and what is no object', async () => {
    const one = { name: 'a', count: 1 };
    expect((await post('/many', [one, { name: 'b' }])).body).toMatchObject({ code: 'REQUEST_MALFORMED' });
    expect((await post('/many', [one, one, one])).body).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect((await post('/many', [[one]])).body).toMatchObject({ code: 'REQUEST_MALFORMED' });
  });
});
