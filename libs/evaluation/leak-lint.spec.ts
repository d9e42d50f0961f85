import { describe, expect, it } from '@jest/globals';
import type { ModelConfig } from '#libs/contracts';
import { presetConfigs, strategyConfig } from '#libs/learning';
import {
  CHANNELS,
  influencesOfLine,
  lintInfluences,
  PUBLISHED_LINES,
  smallConfigs,
  type Influence,
} from './index.js';

const lintLine = (config: ModelConfig) => lintInfluences(influencesOfLine(config));
const codesOf = (influences: readonly Influence[], severity: string) =>
  lintInfluences(influences)
    .findings.filter((finding) => finding.severity === severity)
    .map(({ code }) => code);

describe('the leak lint', () => {
  it('finds no leak in any strategy, and nothing that the certificate would not say', () => {
    for (const config of presetConfigs()) {
      const { leaks, undescribed, findings } = lintLine(config);
      expect([leaks, undescribed]).toEqual([0, []]);
      for (const { severity, certificate } of findings)
        expect(severity === 'stated').toBe(certificate !== undefined);
      expect(findings.map(({ code }) => code)).toContain('CONFIGURATION_PRESET');
    }
  });

  it.each(smallConfigs(2))('looks into every channel of $name', ({ config }) => {
    const { leaks, undescribed, findings } = lintLine(config);
    expect([leaks, undescribed]).toEqual([0, []]);
    // Sizes that are nobody's preset may have been chosen by looking at records.
    const open = findings.filter(({ severity }) => severity !== 'clean');
    expect(['', 'CONFIGURATION_OWN']).toContain(open.map(({ code }) => code).join());
  });

  it('says of a clustered partition what its certificates say', () => {
    const config = strategyConfig('sisa');
    const { findings } = lintLine({ ...config, partition: { kind: 'ubp', shards: 8 } });
    expect(findings.filter(({ severity }) => severity === 'stated')).toEqual([
      expect.objectContaining({
        code: 'PARTITION_CLUSTERED_AND_STATED',
        rule: '4.2',
        where: 'partition ubp',
        certificate: 'partition: data-dependent',
      }),
    ]);
  });

  const codesIn = (config: ModelConfig, channel: string) =>
    lintLine(config)
      .findings.map(({ code }) => code)
      .filter((code) => code.startsWith(channel));

  it('tells a line that begins at the genesis from one of slices, and from one that subtracts', () => {
    expect(codesIn(strategyConfig('sisa'), 'START')).toEqual(['START_GENESIS', 'START_NONE']);
    expect(codesIn({ ...strategyConfig('sisa'), slices: 4 }, 'START')[0]).toBe('START_UNAFFECTED_CHECKPOINT');
    expect(codesIn(strategyConfig('statistics'), 'START')).toEqual([
      'START_EARLIER_COUNTS',
      'START_EARLIER_COUNTS',
    ]);
  });

  it('tells towers that adapt to who asks from those that keep a row of each person', () => {
    const plain = strategyConfig('sisa', { base: 'two-tower' });
    const eemu = strategyConfig('eemu');
    expect(codesIn(plain, 'INFERENCE')).toEqual(['INFERENCE_STORED_PEOPLE']);
    expect(codesIn(eemu, 'INFERENCE')).toEqual(['INFERENCE_PRESENT_RECORDS_AND_DEGREES']);
    const both = { ...eemu, subModel: { ...eemu.subModel, people: 'rows' } } as ModelConfig;
    expect(codesIn(both, 'INFERENCE')).toEqual([
      'INFERENCE_STORED_PEOPLE',
      'INFERENCE_PRESENT_RECORDS_AND_DEGREES',
    ]);
  });

  it('finds what published code leaks, where it says so', () => {
    expect(codesOf(PUBLISHED_LINES.sisa.influences, 'leak')).toEqual([
      'ORDER_OF_ARRIVAL',
      'RANDOMNESS_STREAM',
      'STATISTICS_ALL_SHARDS',
      'AGGREGATOR_KEPT',
    ]);
    expect(codesOf(PUBLISHED_LINES.receraser.influences, 'leak')).toEqual([
      'PARTITION_CLUSTERED',
      'VOCABULARY_INTERACTIONS',
      'RANDOMNESS_STREAM',
      'NEGATIVES_POSITIVES_OF_ALL_SHARDS',
      'STATISTICS_KEPT',
      'SELECTION_TEST_SET',
    ]);
    expect(codesOf(PUBLISHED_LINES.cure4rec.influences, 'leak')).toEqual([
      'PARTITION_CLUSTERED',
      'VOCABULARY_INTERACTIONS',
      'RANDOMNESS_STREAM',
      'SELECTION_TEST_SET',
    ]);
    expect(codesOf(PUBLISHED_LINES.eemu.influences, 'leak')).toEqual([
      'RANDOMNESS_STREAM',
      'NEGATIVES_POSITIVES_OF_ALL_SHARDS',
    ]);
  });

  it('does not take silence for cleanliness', () => {
    const { undescribed } = lintInfluences(PUBLISHED_LINES.sisa.influences);
    expect(undescribed).toEqual(['vocabulary', 'inference', 'configuration']);
    expect(lintInfluences([]).undescribed).toEqual(Object.keys(CHANNELS));
  });

  it.each(Object.entries(CHANNELS))(
    'knows how the channel of %s is closed, and how it is not',
    (_, { values }) => {
      const severities = Object.values(values).map(({ severity }) => severity);
      expect(severities).toContain('clean');
      expect(severities.some((severity) => severity !== 'clean')).toBe(true);
    },
  );
});
