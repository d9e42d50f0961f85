// Processor time of other processes, for the benchmarks that tell where it goes.
import { readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100; // sysconf(_SC_CLK_TCK) on every Linux that runs Node

/** Seconds of processor time that a process has used so far, in all threads; undefined where the system does not tell (proc(5)). */
export function processorSecondsOf(pid) {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(afterName[11]) + Number(afterName[12])) / TICKS_A_SECOND; // utime, stime
  } catch {
    return undefined;
  }
}
