import kill from './kill.mjs';
import { steps, writes } from './boundaries.mjs';
import cli from './cli.mjs';
import clock from './clock.mjs';
import events from './events.mjs';
import restore from './restore.mjs';
import disk from './disk.mjs';
import { deliveries, slow } from './deliveries.mjs';
import { arrivals, servers } from './races.mjs';

import { SCALED } from './scaled.mjs';

export const SCENARIOS = [
  kill,
  steps,
  writes,
  cli,
  deliveries,
  slow,
  servers,
  arrivals,
  clock,
  disk,
  events,
  restore,
  ...SCALED,
];
