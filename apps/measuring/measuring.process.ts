import { constants, setPriority } from 'node:os';
import { isCodedError } from '#libs/essentials';
import { measurementRefusal, type MeasurementEnd, type MeasurementNews } from '#stages/engine';
import { measureTwin } from './measure-twin.js';
import type { MeasuringOrder } from './measuring-order.js';

process.once('disconnect', () => process.exit()); // whoever asked is gone
process.on('SIGINT', () => {}); // of a terminal, which whoever asked gets as well: they say what becomes of it
process.once('message', (order) => void answer(order as MeasuringOrder));

/** One measurement, in a process of its own. It writes nothing to the disk: what it has made is gone with it. */
async function answer(order: MeasuringOrder): Promise<void> {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const news = await measured(order);
  process.send!(news, () => process.disconnect());
}

async function measured(order: MeasuringOrder): Promise<MeasurementEnd> {
  try {
    const utility = await measureTwin(
      order,
      (progress) => void process.send!({ kind: 'progress', progress } satisfies MeasurementNews),
    );
    return { kind: 'measured', utility };
  } catch (error) {
    if (!isCodedError(error)) throw error; // a defect: the process ends, and whoever asked is told that
    return measurementRefusal(error);
  }
}
