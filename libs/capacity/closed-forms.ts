/** A queue with Poisson arrivals. */
export interface Queue {
  /** Arrivals a second. */
  readonly arrivals: number;
  /** Mean seconds of service. */
  readonly service: number;
  readonly servers: number;
}

/**
 * Share of arrivals that have to wait in M/M/c (Erlang C), from Erlang B by its recursion, which does not overflow
 * (Cooper, "Introduction to Queueing Theory", 1981, §3.4).
 */
export function erlangC({ arrivals, service, servers }: Queue): number {
  const offered = arrivals * service;
  let blocked = 1;
  for (let server = 1; server <= servers; server++)
    blocked = (offered * blocked) / (server + offered * blocked);
  const load = offered / servers;
  return blocked / (1 - load * (1 - blocked));
}

/** Mean seconds of waiting in M/M/c. */
export function meanWait(queue: Queue): number {
  const { arrivals, service, servers } = queue;
  return erlangC(queue) / (servers / service - arrivals);
}

/** Mean seconds of waiting in M/G/1 (Pollaczek–Khinchine). @param variation squared coefficient of variation of the service; 0: M/D/1 */
export function meanWaitOfOne({ arrivals, service }: Omit<Queue, 'servers'>, variation: number): number {
  const load = arrivals * service;
  return (load * service * (1 + variation)) / (2 * (1 - load));
}

/** Seconds from arrival to departure that so large a share does not exceed, in M/M/1. */
export function sojournOfOne({ arrivals, service }: Omit<Queue, 'servers'>, share: number): number {
  return -Math.log(1 - share) / (1 / service - arrivals);
}

/** How many of so many shards are hit by so many requests that each hit one, on the average. */
export function shardsHit(shards: number, requests: number): number {
  return shards * (1 - (1 - 1 / shards) ** requests);
}
