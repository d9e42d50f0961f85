import { OPENING_LENGTH } from './records.js';

const LABEL_LENGTH = 32;
const NUMBERS = LABEL_LENGTH + OPENING_LENGTH;
const TEXTS = NUMBERS + 3 * 8;

/**
 * Walks packed records (packRecords) where they lie, without an object for each. The fields are offsets into `packed`, and of the
 * record that `next` went to last.
 *
 * @example
 * const cursor = new PackedCursor(packed);
 * while (cursor.next()) labels.push(packed.slice(cursor.label, cursor.opening));
 */
export class PackedCursor {
  /** Where the record begins. */
  label = 0;
  opening = 0;
  item = 0;
  itemEnd = 0;
  type = 0;
  typeEnd = 0;
  purpose = 0;
  /** Where the record ends, too. */
  purposeEnd = 0;
  private readonly view: DataView;

  constructor(readonly packed: Uint8Array) {
    this.view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  }

  /** Goes to the next record. @returns whether there is one @throws RangeError where the bytes end within a record */
  next(): boolean {
    const { packed, purposeEnd: at } = this;
    if (at === packed.length) return false;
    this.label = at;
    this.opening = at + LABEL_LENGTH;
    this.item = at + TEXTS + 1;
    this.itemEnd = this.item + packed[at + TEXTS];
    this.type = this.itemEnd + 1;
    this.typeEnd = this.type + packed[this.itemEnd];
    this.purpose = this.typeEnd + 1;
    this.purposeEnd = this.purpose + packed[this.typeEnd];
    if (!(this.purposeEnd <= packed.length)) throw new RangeError('packed records end within a record');
    return true;
  }

  get position(): bigint {
    return this.view.getBigUint64(this.label + NUMBERS);
  }

  get time(): number {
    return this.view.getFloat64(this.label + NUMBERS + 8);
  }

  get value(): number {
    return this.view.getFloat64(this.label + NUMBERS + 16);
  }
}
