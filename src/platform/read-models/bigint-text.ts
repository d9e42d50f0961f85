import type { ValueTransformer } from 'typeorm';

/** A 64-bit integer as decimal text: SQLite's driver reads integers as doubles and would round it. */
export const bigintText: ValueTransformer = {
  to: (value: bigint | null | undefined) => value?.toString() ?? null,
  from: (text: string | null) => (text === null ? null : BigInt(text)),
};
