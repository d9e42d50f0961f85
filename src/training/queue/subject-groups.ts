import { fromUtf8, utf8 } from '#libs/essentials';
import type { ShardSubject } from '#libs/learning';
import { QueueError } from './queue-error.js';

/** Records of people in several lists, such as those of a shard and those that were withdrawn from it. */
export type SubjectGroups = readonly (readonly ShardSubject[])[];

/** For each list, its people and the bytes that each one's records take. */
type Head = readonly (readonly (readonly [subject: string, bytes: number])[])[];

const LENGTH_BYTES = 4;

/**
 * Packs records for a worker: the length of the head, the head as JSON, and all records as they are. In pieces, because a shard's records may
 * be many megabytes, and a copy of them would be made for each job.
 */
export function packSubjects(groups: SubjectGroups): Uint8Array[] {
  const head: Head = groups.map((group) => group.map(({ subject, records }) => [subject, records.length]));
  const header = utf8(JSON.stringify(head));
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, header.length);
  return [length, header, ...groups.flatMap((group) => group.map(({ records }) => records))];
}

/** The digest of the bytes was compared before: what is read here, the keeper has written. @throws QueueError JOB_MALFORMED */
export function unpackSubjects(bytes: Uint8Array): SubjectGroups {
  if (bytes.length < LENGTH_BYTES) throw malformed();
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  let at = LENGTH_BYTES + length;
  if (at > bytes.length) throw malformed();
  const head = JSON.parse(fromUtf8(bytes.subarray(LENGTH_BYTES, at))) as Head;
  const groups = head.map((group) =>
    group.map(([subject, size]): ShardSubject => {
      const records = bytes.subarray(at, (at += size));
      return { subject, records };
    }),
  );
  if (at !== bytes.length) throw malformed();
  return groups;
}

function malformed(): QueueError {
  return new QueueError('JOB_MALFORMED', 'the records of a job are not whole');
}
