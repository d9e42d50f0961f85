// The server, which holds process manager, projections and ledger writer, is killed at random moments, also while it starts.
import { setTimeout as sleep } from 'node:timers/promises';

const KILLS = 10;
const WHILE_STARTING = 0.2;
const LONGEST_START = 2500; // ms
const LONGEST_LIFE = 2000;

export default {
  name: 'kill',
  title: '`kill -9` of the server at random moments, also while it starts',
  unit: 'kills',
  defaultRuns: 30,
  async run(house, draws) {
    for (let kill = 0; kill < KILLS; kill++) await killOnce(house, draws.for(kill));
    await house.mustOpen();
    await house.recover(draws.for('recover'));
    await house.goesOn(draws.for('after'));
    await house.close();
    return KILLS;
  },
};

async function killOnce(house, draws) {
  if (draws.chance(WHILE_STARTING)) {
    const opening = house.open();
    await Promise.race([sleep(draws.below(LONGEST_START)), opening]);
    await house.api.kill();
    await opening;
  } else {
    await house.mustOpen();
    const { over, lives } = await house.live(draws.below(LONGEST_LIFE), draws.for('life'));
    await house.api.kill();
    over();
    await lives;
  }
  await house.check('dead');
}
