// The clock of the machine is set forwards and backwards, while the server runs and between two starts.
import { setTimeout as sleep } from 'node:timers/promises';

const HOUR = 3_600_000; // ms
const JUMPS = 4;
const FURTHEST = 24 * 40; // hours

export default {
  name: 'clock',
  title: 'the clock jumps by up to 40 days, forwards and backwards, under load and between two starts',
  unit: 'jumps',
  defaultRuns: 6,
  async run(house, draws) {
    const jump = () => (draws.below(2 * FURTHEST) - FURTHEST) * HOUR;
    await house.mustOpen({ fault: { clock: jump(), jumps: Array.from({ length: JUMPS }, jump) } });
    const { over, lives } = await house.live(0, draws.for('life'));
    for (let at = 0; at < JUMPS; at++) {
      await sleep(200 + draws.below(300));
      house.api.child.kill('SIGUSR2');
    }
    over();
    await lives;
    await house.api.kill();
    await house.check('dead');
    await house.mustOpen({ fault: { clock: jump() } });
    await house.recover(draws.for('recover'));
    await house.api.kill();
    await house.mustOpen();
    await house.recover(draws.for('again'));
    await house.goesOn(draws.for('after'));
    await house.close();
    return JUMPS + 3;
  },
};
