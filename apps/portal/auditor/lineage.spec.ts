import { describe, expect, it } from '@jest/globals';
import { exampleStatement } from '#libs/testkit';
import { lineageOf } from './lineage.js';

const certificate = exampleStatement().predicate;

describe('the lineage of a certificate', () => {
  it('leads from what was deleted over the rebuilt shard to the version that serves', () => {
    const { deleted, model } = lineageOf(certificate);
    expect(deleted.count).toBe(2);
    expect(model).toMatchObject({
      line: 'main',
      rebuilt: [{ shard: 1, delta: certificate.model!.affectedShards[0].delta }],
      untouched: [0, 2],
      before: { version: 1 },
      after: { version: 2 },
      versionStayed: false,
      revoked: [1],
      aggregatorChanged: true,
    });
  });

  it('says that the version stayed where no shard had the records', () => {
    const model = { ...certificate.model!, affectedShards: [] };
    const { before } = model.manifest;
    const stayed = { ...certificate, model: { ...model, manifest: { before, after: before } } };
    expect(lineageOf(stayed).model).toMatchObject({ versionStayed: true, rebuilt: [] });
  });

  it('claims no change that was not proven', () => {
    const [shard] = certificate.model!.affectedShards;
    const lost = {
      ...certificate,
      model: { ...certificate.model!, affectedShards: [{ ...shard, delta: null }] },
    };
    expect(lineageOf(lost).model!.rebuilt[0].delta).toBeUndefined();
  });

  it('ends with the deleted labels where nothing had been published', () =>
    expect(lineageOf({ ...certificate, model: null })).toEqual({ deleted: certificate.deleted }));
});
