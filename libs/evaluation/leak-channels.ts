/** How bad it is: a leak; a leak that the certificate of such a line states; nothing at all. */
export type Severity = 'leak' | 'stated' | 'clean';

interface Meaning {
  readonly severity: Severity;
  readonly why: string;
  /** What the certificate says of it. */
  readonly certificate?: string;
}

interface Channel {
  /** The rule of DESIGN §4 that closes it. */
  readonly rule: string;
  readonly values: Readonly<Record<string, Meaning>>;
}

const clean = (why: string): Meaning => ({ severity: 'clean', why });
const leak = (why: string): Meaning => ({ severity: 'leak', why });
const stated = (why: string, certificate: string): Meaning => ({ severity: 'stated', why, certificate });

/**
 * Every way in which a deleted record could still influence something, with what a line can do about it. What is stated stands in
 * certificates too.
 */
export const CHANNELS = {
  partition: {
    rule: '4.2',
    values: {
      'keyed-hash': clean('a record is assigned by its key alone, whatever other records there are'),
      drawn: clean('a record is assigned by a draw that looks at no record'),
      'clustered-and-stated': stated(
        'the clustering has seen the deleted records, and the others stay where it has put them',
        'partition: data-dependent',
      ),
      clustered: leak(
        'the clustering has seen the deleted records, and the others stay where it has put them',
      ),
    },
  },
  vocabulary: {
    rule: '4.3',
    values: {
      catalogue: clean('rows are the items of the catalogue, whoever met them'),
      interactions: leak('rows are numbered by what people did: the shape tells that somebody was there'),
    },
  },
  randomness: {
    rule: '4.1',
    values: {
      none: clean('nothing is drawn'),
      'by-name': clean('a draw has the name of what it is for, and does not move when something else leaves'),
      'by-position': leak('draws are named after positions, which shift when a record leaves'),
      stream: leak('draws come from one stream: a record less, and all draws after it are others'),
    },
  },
  order: {
    rule: '4.6',
    values: {
      canonical: clean('records are sorted, and sums have one order'),
      'of-arrival': leak('sums are taken in the order of arrival, in which the deleted record had a place'),
    },
  },
  statistics: {
    rule: '4.4',
    values: {
      'own-shard': clean("training counts over the shard's own records only"),
      'all-shards': leak('counts, means or degrees over all records enter every shard'),
      kept: leak('what was counted with the deleted records is read from a file that stays'),
    },
  },
  negatives: {
    rule: '4.4',
    values: {
      none: clean('there are no negative samples'),
      'own-positives': clean("negatives are rejected against the shard's own records only"),
      'positives-of-all-shards': leak(
        'negatives are rejected against records of other shards, deleted ones too',
      ),
    },
  },
  selection: {
    rule: '4.5',
    values: {
      fixed: clean('the number of rounds is in the genesis'),
      'own-query-set': clean("training ends by the shard's own records"),
      'shared-validation': leak('training ends, or a model is chosen, by records of all shards'),
      'test-set': leak('training ends by the test records of everybody, and the figures are flattered too'),
    },
  },
  optimiser: {
    rule: '4.1',
    values: {
      none: clean('there is no optimiser'),
      fresh: clean('its state begins at zero in every training'),
      kept: leak('its state has seen the deleted records'),
    },
  },
  start: {
    rule: '4.8',
    values: {
      none: clean('nothing is trained'),
      genesis: clean('training begins with draws of the genesis'),
      'earlier-counts': clean(
        'from whole numbers counted earlier what has gone is taken away, once the roots of both datasets show that nothing else differs: the bytes of counting anew',
      ),
      'unaffected-checkpoint': clean(
        'training goes on from the checkpoint below the first slice with other records, which has seen none of them',
      ),
      'older-model': leak('training goes on from a model that has seen the deleted records'),
    },
  },
  aggregator: {
    rule: '4.7',
    values: {
      unlearned: clean('outputs are combined by a fixed rule'),
      rebuilt: clean('it is built anew from what is left whenever a shard is'),
      kept: leak('it was trained on the deleted records and stays'),
    },
  },
  inference: {
    rule: '4.7',
    values: {
      'present-records': clean('an answer is made from records that are present when it is asked'),
      'present-records-and-degrees': clean(
        'an answer is made from records and degrees that are present when it is asked',
      ),
      'stored-people': clean("people's rows are part of the shard's file and are rebuilt with it"),
      cached: leak('answers come from what was computed while the deleted records were there'),
    },
  },
  configuration: {
    rule: '4.8',
    values: {
      preset: clean('its hyper-parameters were chosen on public data, before there was a record'),
      own: stated(
        'only you know whether its hyper-parameters were chosen on records that may be deleted',
        'genesis: digest of the configuration; how it was chosen is not proven',
      ),
    },
  },
} as const satisfies Record<string, Channel>;

export type ChannelName = keyof typeof CHANNELS;

/** One thing that a line does, in one of its parts. */
export type Influence = {
  readonly [Name in ChannelName]: {
    readonly channel: Name;
    readonly value: keyof (typeof CHANNELS)[Name]['values'];
    /** Part of the line, or file of the code. */
    readonly where: string;
  };
}[ChannelName];

export function meaningOf({ channel, value }: Influence): Meaning & { readonly rule: string } {
  const { rule, values }: Channel = CHANNELS[channel];
  return { rule, ...values[value] };
}
