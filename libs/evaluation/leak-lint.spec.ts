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

  it('tells a line with slices from one that begins at the genesis', () => {
    const codes = (config: ModelConfig) => lintLine(config).findings.map(({ code }) => code);
    expect(codes(strategyConfig('sisa'))).toContain('START_GENESIS');
    expect(codes({ ...strategyConfig('sisa'), slices: 4 })).toContain('START_UNAFFECTED_CHECKPOINT');
  });

  it('finds what published code leaks, where it says so', () => {
    expect(codesOf(PUBLISHED_LINES.sisa.influences, 'leak')).toEqual([]);
    expect(codesOf(PUBLISHED_LINES.receraser.influences, 'leak')).toEqual([
      'PARTITION_CLUSTERED',
      'VOCABULARY_INTERACTIONS',
      'RANDOMNESS_STREAM',
      'NEGATIVES_POSITIVES_OF_ALL_SHARDS',
      'SELECTION_TEST_SET',
    ]);
    expect(codesOf(PUBLISHED_LINES.eemu.influences, 'leak')).toEqual([
      'RANDOMNESS_STREAM',
      'NEGATIVES_POSITIVES_OF_ALL_SHARDS',
    ]);
  });

  it('does not take silence for cleanliness', () => {
    const { undescribed, leaks } = lintInfluences(PUBLISHED_LINES.sisa.influences);
    expect(leaks).toBe(0);
    expect(undescribed).toContain('randomness');
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
