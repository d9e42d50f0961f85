import { createHash } from 'node:crypto';
import type { ReadModelsReader } from '#platform/read-models';
import { CheckpointEntity, ENTITIES, TrainingRecordsEntity } from './entities/index.js';
import { mergeChunks } from './merge-chunks.js';
import { pushTo } from './push-to.js';

/**
 * SHA-256, hex, over everything in the read models but the checkpoint: equal before and after a rebuild from zero. Chunks are
 * merged first, for how records fell into batches means nothing.
 */
export function readModelsDigest(models: ReadModelsReader): Promise<string> {
  return models.snapshot(async (manager) => {
    const digest = createHash('sha256');
    for (const entity of ENTITIES) {
      if (entity === CheckpointEntity || entity === TrainingRecordsEntity) continue;
      const rows = (await manager.find<object>(entity)).map((row) => JSON.stringify(row)).sort();
      digest.update(JSON.stringify([entity.name, rows]));
    }
    const chunks = await manager.find(TrainingRecordsEntity, { order: { subject: 'ASC', position: 'ASC' } });
    const bySubject = new Map<string, TrainingRecordsEntity[]>();
    for (const chunk of chunks) pushTo(bySubject, chunk.subject, chunk);
    for (const [subject, parts] of bySubject) digest.update(subject).update(mergeChunks(parts).packed);
    return digest.digest('hex');
  });
}
