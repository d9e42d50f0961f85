// A house whose events, read models, jobs and model files are on services, and whose models are made by workers.
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { foundHouse } from '../foundation.mjs';
import { House } from '../house.mjs';
import { Worker } from '../processes.mjs';
import { live } from '../workload.mjs';
import { copyServices, dropDatabase, makeDatabase, Services } from './services.mjs';
import { SERVICES_VARIABLE } from './copied-services.mjs';
import { CREDENTIALS } from './stand-ins.mjs';

const WORKERS = 2;

/** Founds a house on services that are stopped again; what they hold is copied for each run. */
export async function foundScaledHouse(work, draws) {
  const folder = path.join(work, 'prepared-scaled');
  const prepared = {
    folder,
    servicesFolder: path.join(work, 'prepared-services'),
    database: `lacuna_faults_${process.pid}`,
  };
  mkdirSync(folder);
  await makeDatabase(prepared.database);
  const services = await Services.start(prepared.servicesFolder, prepared.database);
  const env = { ...services.env, LACUNA_REDIS_URL: '' }; // whoever founds trains by itself
  Object.assign(process.env, CREDENTIALS);
  try {
    Object.assign(prepared, await foundHouse(folder, draws, { env }));
  } finally {
    await services.close();
  }
  return { ...prepared, end: () => dropDatabase(prepared.database) };
}

export class ScaledHouse extends House {
  workers = [];

  /** @returns a house on a copy of what was prepared */
  static async on(home, prepared) {
    const house = new ScaledHouse(home, prepared);
    const folder = path.join(home, 'services');
    copyServices(prepared.servicesFolder, folder);
    house.database = await makeDatabase(`${prepared.database}_run`, prepared.database);
    house.services = await Services.start(folder, house.database);
    house.env = house.services.env;
    house.installation = JSON.parse(
      readFileSync(path.join(house.folder, 'lacuna.json'), 'utf8'),
    ).installation;
    await house.services.flush(house.installation);
    return house;
  }

  /** Starts the server and its workers, which need it once to know whose they are. */
  async openAll({ workers = WORKERS, ...options } = {}) {
    const client = await this.mustOpen(options);
    await this.hire(workers);
    return client;
  }

  /** Workers until there are so many. */
  async hire(count) {
    this.workers = this.workers.filter(({ hasEnded }) => !hasEnded);
    const hired = Array.from(
      { length: Math.max(0, count - this.workers.length) },
      () => new Worker(this.env),
    );
    this.workers.push(...hired);
    await Promise.all(hired.map((worker) => worker.works()));
  }

  /** People live until it is over; whoever is cut off goes on. */
  lives(draws, over) {
    return live(this.client, draws, over, { again: true });
  }

  /** As somebody may have made one by hand. */
  async copyOfFolder() {
    const copy = path.join(this.home, 'copied-by-hand');
    cpSync(this.folder, copy, { recursive: true });
    return copy;
  }

  /** A copy of the database as it is now, before anybody uses it. @returns its name */
  standby() {
    return makeDatabase(`${this.database}_standby`, this.database);
  }

  async dismiss() {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    this.workers = [];
  }

  async check(mode) {
    const copies = path.join(this.home, `services-${mode}`);
    rmSync(copies, { recursive: true, force: true });
    copyServices(this.services.folder, copies);
    const database = `${this.database}_check`;
    const isSettled = mode === 'settled';
    if (isSettled) {
      await this.dismiss();
      await this.services.endSessions();
      await makeDatabase(database, this.database);
    }
    const copied = { folder: copies, database: isSettled ? database : undefined, redis: isSettled };
    try {
      await super.check(mode, { [SERVICES_VARIABLE]: JSON.stringify(copied) });
    } finally {
      if (isSettled) await dropDatabase(database);
    }
    rmSync(copies, { recursive: true, force: true });
  }

  async end() {
    await this.dismiss();
    await this.services.flush(this.installation);
    await this.services.close();
    for (const database of [this.database, `${this.database}_standby`]) await dropDatabase(database);
  }

  /** A service is away for some milliseconds. */
  async without(service, milliseconds) {
    await this.services.stop(service);
    await sleep(milliseconds);
    await this.services.startAgain(service);
  }
}
