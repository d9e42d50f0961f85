import type { ModelConfig } from '#libs/contracts';
import { canonicalJson } from '#libs/essentials';
import { influencesOf, presetConfigs, type Influences } from '#libs/learning';
import { CHANNELS, meaningOf, type ChannelName, type Influence, type Severity } from './leak-channels.js';

/** What the lint says of one thing that a line does. */
export interface Finding {
  /** Channel and value, such as `PARTITION_CLUSTERED`. */
  readonly code: string;
  /** Of DESIGN §4. */
  readonly rule: string;
  readonly severity: Severity;
  readonly where: string;
  readonly why: string;
  /** What the certificate says of it; absent where there is nothing to say. */
  readonly certificate?: string;
}

export interface LintReport {
  readonly findings: readonly Finding[];
  /** Channels of which the description does not speak. None for a line of ours. */
  readonly undescribed: readonly ChannelName[];
  readonly leaks: number;
}

/**
 * Each way in which a deleted record could still influence anything, and what the described line does about it.
 *
 * @example
 * const { leaks, findings } = lintInfluences(influencesOfLine(genesis.config));
 */
export function lintInfluences(influences: readonly Influence[]): LintReport {
  const findings = influences.map((influence) => {
    const { channel, value, where } = influence;
    return { code: codeOf(channel, value), where, ...meaningOf(influence) };
  });
  const described = new Set(influences.map(({ channel }) => channel));
  const undescribed = (Object.keys(CHANNELS) as ChannelName[]).filter((name) => !described.has(name));
  return { findings, undescribed, leaks: findings.filter(({ severity }) => severity === 'leak').length };
}

/** What a line of this product does: what its sub-models and its aggregator declare, and what the engine does for all of them. */
export function influencesOfLine(config: ModelConfig): Influence[] {
  const { partition, subModel, aggregator, slices = 1 } = config;
  const declared = influencesOf(config);
  const shard = `sub-model ${subModel.kind}`;
  const mix = `aggregator ${aggregator.kind}`;
  const { start, statistics, inference } = declared.subModel;
  return [
    { channel: 'configuration', value: isPreset(config) ? 'preset' : 'own', where: 'genesis' },
    { channel: 'partition', value: partitionValue(config), where: `partition ${partition.kind}` },
    { channel: 'vocabulary', value: 'catalogue', where: 'datasets' },
    { channel: 'order', value: 'canonical', where: 'datasets' },
    { channel: 'start', value: slices > 1 ? 'unaffected-checkpoint' : start, where: shard },
    ...trainingOf(shard, declared.subModel),
    { channel: 'statistics', value: statistics, where: shard },
    ...inference.map((value): Influence => ({ channel: 'inference', value, where: shard })),
    { channel: 'aggregator', value: 'rebuilt', where: mix },
    { channel: 'start', value: declared.aggregator.start, where: mix },
    ...trainingOf(mix, declared.aggregator),
  ];
}

function trainingOf(where: string, declared: Influences): Influence[] {
  const { randomness, negatives, selection, optimiser } = declared;
  return [
    { channel: 'randomness', value: randomness, where },
    { channel: 'negatives', value: negatives, where },
    { channel: 'selection', value: selection, where },
    { channel: 'optimiser', value: optimiser, where },
  ];
}

function partitionValue({ partition: { kind } }: ModelConfig): 'keyed-hash' | 'clustered-and-stated' {
  return kind === 'by-subject' || kind === 'by-record' ? 'keyed-hash' : 'clustered-and-stated';
}

/** Whether sub-model and aggregator are those of named strategies; how many shards there are is chosen without records. */
function isPreset(config: ModelConfig): boolean {
  const presets = presetConfigs();
  return (['subModel', 'aggregator'] as const).every((part) =>
    presets.some((preset) => canonicalJson(preset[part]) === canonicalJson(config[part])),
  );
}

function codeOf(channel: string, value: string): string {
  return `${channel}_${value}`.toUpperCase().replaceAll('-', '_');
}
