import { fromUtf8, utf8 } from '#libs/essentials';
import type { ShardSubject } from '#libs/learning';
import { QueueError } from './queue-error.js';

/** Records of people in several lists, such as those of a shard and those that were withdrawn from it. */
export type SubjectGroups = readonly (readonly ShardSubject[])[];

/** For each list, its people and the bytes that each one's records take. */
type Head = readonly (readonly (readonly [subject: string, bytes: number])[])[];

const LENGTH_BYTES = 4;

/** Packs records for a worker: the length of the head, the head as JSON, and all records as they are. */
export function encodeSubjects(groups: SubjectGroups): Uint8Array {
  const head: Head = groups.map((group) => group.map(({ subject, records }) => [subject, records.length]));
  const header = utf8(JSON.stringify(head));
  const all = groups.flat();
  const size = all.reduce((sum, { records }) => sum + records.length, LENGTH_BYTES + header.length);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, header.length);
  bytes.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + header.length;
  for (const { records } of all) {
    bytes.set(records, at);
    at += records.length;
  }
  return bytes;
}

/** The digest of the bytes was compared before: what is read here, the keeper has written. @throws QueueError JOB_MALFORMED */
export function decodeSubjects(bytes: Uint8Array): SubjectGroups {
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
