import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PayloadSealer } from '#libs/messaging';
import { nodeAead } from '#platform/crypto';
import { Courier, Outbox, pauseAfter, WEBHOOK_SCHEDULE, type Carried, type Carrier } from './index.js';

const home = mkdtempSync(path.join(tmpdir(), 'lacuna-outbox-'));
afterAll(() => rmSync(home, { recursive: true }));

const aead = nodeAead.prepare(new Uint8Array(32).fill(5));
const sealer: PayloadSealer = {
  seal: (_, plaintext, context) => aead.seal(plaintext, context).toString('base64url'),
  open: (_, sealed, context) => {
    const plaintext = aead.open(Buffer.from(sealed, 'base64url'), context);
    if (plaintext === undefined) throw new Error('sealed as something else');
    return plaintext;
  },
};

const START = Date.UTC(2026, 0, 31);
const SECRET = 'the words that only the receiver may read';
const parcel = {
  id: 'p-1',
  queue: 'post',
  reference: 'r-1',
  destination: 'd-1',
  keyName: 'k',
  content: SECRET,
};

let now: number;
let folder: string;
let outbox: Outbox;
let ends: string[];

beforeEach(() => {
  now = START;
  ends = [];
  folder = mkdtempSync(path.join(home, 'o-'));
  outbox = open();
});
afterEach(() => outbox.close());

const open = (): Outbox => Outbox.open(path.join(folder, 'outbox.db'), sealer, () => now);
const bytesOf = (name: string): Buffer =>
  Buffer.concat(
    readdirSync(folder)
      .filter((file) => file.startsWith(name))
      .map((file) => readFileSync(path.join(folder, file))),
  );

/** A carrier that answers as it is told, the last answer again and again. */
function carrierOf(answers: readonly Carried[], choices: Partial<Carrier> = {}) {
  const carried: { content: string; attempt: number }[] = [];
  const carrier: Carrier = {
    schedule: WEBHOOK_SCHEDULE,
    trace: true,
    carry: async ({ attempts }, content) => {
      carried.push({ content, attempt: attempts + 1 });
      return answers[Math.min(carried.length, answers.length) - 1];
    },
    ended: async ({ id }, end, code) => void ends.push([id, end, code].join(' ').trim()),
    ...choices,
  };
  return { carrier, carried };
}
const courierOf = (carrier: Carrier): Courier =>
  new Courier({ outbox, carriers: { post: carrier }, now: () => now, random: () => 0.5 });

const FAILED: Carried = { outcome: 'failed', code: 'TOO_BUSY' };
const DELIVERED: Carried = { outcome: 'delivered' };

describe('the outbox', () => {
  it('keeps what it is given, sealed, also when the process ends', () => {
    outbox.put(parcel);
    outbox.close();
    expect(bytesOf('outbox.db').includes(SECRET)).toBe(false);
    outbox = open();
    expect(outbox.open(parcel)).toBe(SECRET);
    expect(outbox.due(10)).toMatchObject([{ id: 'p-1', reference: 'r-1', destination: 'd-1', attempts: 0 }]);
  });

  it('takes a parcel once, however often it is given', () => {
    outbox.put(parcel);
    outbox.put({ ...parcel, content: 'something else' });
    expect(outbox.open(parcel)).toBe(SECRET);
    expect(outbox.about('r-1')).toHaveLength(1);
  });

  it('opens a parcel as itself only', () => {
    outbox.put(parcel);
    expect(() => outbox.open({ id: 'p-1', queue: 'mail' })).toThrow('sealed as something else');
  });

  it('holds back what is to be released first', () => {
    outbox.put({ ...parcel, held: true });
    expect(outbox.due(10)).toEqual([]);
    expect(outbox.nextDue()).toBeUndefined();
    outbox.release('post', 'r-2');
    expect(outbox.due(10)).toEqual([]);
    outbox.release('post', 'r-1');
    expect(outbox.due(10)).toHaveLength(1);
  });

  it('overwrites the content of what has arrived, and lists only that it did', () => {
    outbox.put(parcel);
    outbox.put({ ...parcel, id: 'p-2' });
    const sealed = (): boolean => bytesOf('outbox.db').includes(sealedText);
    const sealedText = sealedBytes();
    expect(sealed()).toBe(true);
    outbox.settle(parcel, 'delivered', null, true);
    expect(sealed()).toBe(false);
    expect(outbox.open(parcel)).toBeUndefined();
    outbox.settle({ id: 'p-2' }, 'delivered', null, false);
    expect(outbox.ofQueue('post')).toMatchObject([{ id: 'p-1', state: 'delivered' }]);
  });

  function sealedBytes(): string {
    const [, text] = /([A-Za-z0-9_-]{80,})/.exec(bytesOf('outbox.db-wal').toString('latin1'))!;
    return text.slice(20, 60);
  }

  it('notes an acknowledgement that comes later, of what was not given up', () => {
    outbox.put(parcel);
    outbox.put({ ...parcel, id: 'p-2' });
    outbox.settle(parcel, 'delivered', null, true);
    outbox.settle({ id: 'p-2' }, 'given-up', 'GONE', true);
    expect([outbox.acknowledge('p-1'), outbox.acknowledge('p-1')]).toEqual([true, true]);
    expect(outbox.find('p-1')?.state).toBe('acknowledged');
    expect([outbox.acknowledge('p-2'), outbox.acknowledge('p-3')]).toEqual([false, false]);
  });
});

describe('the courier', () => {
  it('delivers at once, says so, and does not deliver again', async () => {
    const { carrier, carried } = carrierOf([DELIVERED]);
    outbox.put(parcel);
    const courier = courierOf(carrier);
    await courier.deliverDue();
    await courier.deliverDue();
    expect(carried).toEqual([{ content: SECRET, attempt: 1 }]);
    expect(ends).toEqual(['p-1 delivered']);
  });

  it('tries again with growing pauses, and gives up after the last', async () => {
    const { carrier, carried } = carrierOf([FAILED]);
    outbox.put(parcel);
    const courier = courierOf(carrier);
    for (const pause of [0, ...WEBHOOK_SCHEDULE]) {
      now += pause - 1;
      await courier.deliverDue();
      const tooSoon = carried.length;
      now += 1;
      await courier.deliverDue();
      if (pause > 0) expect(carried).toHaveLength(tooSoon + 1);
    }
    expect(carried).toHaveLength(WEBHOOK_SCHEDULE.length + 1);
    expect(outbox.find('p-1')).toMatchObject({ state: 'given-up', lastCode: 'TOO_BUSY' });
    expect(ends).toEqual(['p-1 given-up TOO_BUSY']);
    expect(outbox.open(parcel)).toBeUndefined();
  });

  it('gives up at once what nobody will ever take', async () => {
    const { carrier, carried } = carrierOf([{ outcome: 'refused', code: 'GONE' }]);
    outbox.put(parcel);
    await courierOf(carrier).deliverDue();
    expect(carried).toHaveLength(1);
    expect(ends).toEqual(['p-1 given-up GONE']);
  });

  it('does not send what has expired', async () => {
    const { carrier, carried } = carrierOf([FAILED]);
    outbox.put({ ...parcel, expiresAt: START + 4_000 });
    const courier = courierOf(carrier);
    await courier.deliverDue();
    now += 5_000;
    await courier.deliverDue();
    expect(carried).toHaveLength(1);
    expect(ends).toEqual(['p-1 given-up EXPIRED']);
  });

  it('waits longer where it is asked to', async () => {
    const { carrier, carried } = carrierOf([{ ...FAILED, notBefore: START + 60_000 }, DELIVERED]);
    outbox.put(parcel);
    const courier = courierOf(carrier);
    await courier.deliverDue();
    now += 59_999;
    await courier.deliverDue();
    expect(carried).toHaveLength(1);
    now += 1;
    await courier.deliverDue();
    expect(carried).toHaveLength(2);
  });

  it('counts an attempt in which the process dies, and makes the next one later', async () => {
    let dies: () => void = () => {};
    const { carrier } = carrierOf([], { carry: () => new Promise(() => dies()) });
    outbox.put(parcel);
    await new Promise<void>((resolve) => {
      dies = resolve;
      void courierOf(carrier).deliverDue();
    });
    outbox.close();
    outbox = open();
    expect(outbox.due(10)).toEqual([]);
    now += WEBHOOK_SCHEDULE[0];
    const { carrier: after, carried } = carrierOf([DELIVERED]);
    await courierOf(after).deliverDue();
    expect(carried).toEqual([{ content: SECRET, attempt: 2 }]);
  });

  it('tells of an end again when it died before it could note it', async () => {
    const { carrier } = carrierOf([DELIVERED], {
      ended: async ({ id }) => {
        ends.push(id);
        if (ends.length === 1) throw new Error('the disk is full');
      },
    });
    outbox.put(parcel);
    const courier = courierOf(carrier);
    await expect(courier.deliverDue()).rejects.toThrow('the disk is full');
    now += WEBHOOK_SCHEDULE[0];
    await courier.deliverDue();
    expect(ends).toEqual(['p-1', 'p-1']);
    expect(outbox.find('p-1')?.state).toBe('delivered');
  });

  it('does not let one parcel hold up another', async () => {
    const { carrier, carried } = carrierOf([], {
      carry: async ({ id }) => (id === 'p-1' ? FAILED : DELIVERED),
    });
    for (let n = 1; n <= 20; n++) outbox.put({ ...parcel, id: `p-${n}` });
    await courierOf(carrier).deliverDue();
    expect(carried).toEqual([]);
    expect(outbox.ofQueue('post').filter(({ state }) => state === 'delivered')).toHaveLength(19);
  });

  it('delivers by itself once it was started, and stops when it is closed', async () => {
    const { carrier } = carrierOf([DELIVERED]);
    const courier = courierOf(carrier);
    courier.wake();
    courier.start();
    outbox.put(parcel);
    courier.wake();
    for (const until = Date.now() + 5_000; ends.length === 0 && Date.now() < until;)
      await new Promise((next) => setTimeout(next, 5));
    expect(ends).toEqual(['p-1 delivered']);
    await courier.close();
    outbox.put({ ...parcel, id: 'p-2' });
    courier.wake();
    await courier.deliverDue();
    expect(ends).toEqual(['p-1 delivered']);
  });
});

describe('the pauses', () => {
  it('are spread, so that what failed together does not come back together', () => {
    expect(pauseAfter([1_000], 1, 0)).toBe(900);
    expect(pauseAfter([1_000], 1, 0.5)).toBe(1_000);
    expect(pauseAfter([1_000], 1, 0.999)).toBe(1_100);
  });

  it('come to an end', () => {
    expect(pauseAfter(WEBHOOK_SCHEDULE, WEBHOOK_SCHEDULE.length, 0.5)).toBe(24 * 3_600_000);
    expect(pauseAfter(WEBHOOK_SCHEDULE, WEBHOOK_SCHEDULE.length + 1, 0.5)).toBeUndefined();
  });
});
