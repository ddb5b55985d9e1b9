/** The postings of a segment that is being built: key -> offsets, in tables of numbers that the garbage collector passes by. */

/** Keys and places that a segment begins with; 1,024 events of a fleet have 2,000 keys at 18,000 places. */
const firstKeys = 2048;
const firstPlaces = 20_480;

const none = -1;

export class PostingTable {
  /** Open addressing, at most half full: number of the key's entry, from 1. */
  #slots = new Uint32Array(firstKeys * 2);
  #shift = 32 - Math.log2(firstKeys * 2);
  #keys = new Int32Array(firstKeys);
  /** Of each entry: how many offsets it has, and the first and the last of its places. */
  #counts = new Uint16Array(firstKeys);
  #firsts = new Int32Array(firstKeys);
  #lasts = new Int32Array(firstKeys);
  /** Of each place: the offset, and the next place of the same key. */
  #offsets = new Uint16Array(firstPlaces);
  #nexts = new Int32Array(firstPlaces);
  #size = 0;
  #places = 0;

  /** Offsets of a key come ascending; one that comes again counts once. */
  add(key: number, offset: number): void {
    const slot = this.#find(key);
    const number = this.#slots[slot] as number;
    if (number === 0) return this.#addKey(slot, key, offset);
    const entry = number - 1;
    const last = this.#lasts[entry] as number;
    if (this.#offsets[last] === offset) return;
    const place = this.#addPlace(offset);
    this.#nexts[last] = place;
    this.#lasts[entry] = place;
    this.#counts[entry] = (this.#counts[entry] as number) + 1;
  }

  /** All keys, ascending. */
  keys(): Int32Array {
    return this.#keys.slice(0, this.#size).sort();
  }

  /** How many offsets the key has. */
  countOf(key: number): number {
    const number = this.#slots[this.#find(key)] as number;
    return number === 0 ? 0 : (this.#counts[number - 1] as number);
  }

  /** The offsets of the key, ascending. */
  offsetsOf(key: number): number[] {
    const number = this.#slots[this.#find(key)] as number;
    const offsets: number[] = [];
    if (number === 0) return offsets;
    for (let place = this.#firsts[number - 1] as number; place !== none; place = this.#nexts[place] as number) {
      offsets.push(this.#offsets[place] as number);
    }
    return offsets;
  }

  /** The key's slot, or the empty one where it would stand. */
  #find(key: number): number {
    // Keys are hashes but for those of types, which would stand side by side.
    let slot = Math.imul(key, 0x9e37_79b1) >>> this.#shift;
    for (;;) {
      const number = this.#slots[slot] as number;
      if (number === 0 || this.#keys[number - 1] === key) return slot;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
  }

  #addKey(slot: number, key: number, offset: number): void {
    const entry = this.#size++;
    const place = this.#addPlace(offset);
    this.#keys[entry] = key;
    this.#counts[entry] = 1;
    this.#firsts[entry] = place;
    this.#lasts[entry] = place;
    this.#slots[slot] = entry + 1;
    if (this.#size === this.#keys.length) this.#growKeys();
  }

  #addPlace(offset: number): number {
    if (this.#places === this.#offsets.length) {
      this.#offsets = grown(this.#offsets);
      this.#nexts = grown(this.#nexts);
    }
    const place = this.#places++;
    this.#offsets[place] = offset;
    this.#nexts[place] = none;
    return place;
  }

  #growKeys(): void {
    this.#keys = grown(this.#keys);
    this.#counts = grown(this.#counts);
    this.#firsts = grown(this.#firsts);
    this.#lasts = grown(this.#lasts);
    this.#slots = new Uint32Array(this.#slots.length * 2);
    this.#shift -= 1;
    for (let entry = 0; entry < this.#size; entry++) this.#slots[this.#find(this.#keys[entry] as number)] = entry + 1;
  }
}

/** The same numbers in twice the room. */
function grown<Numbers extends Int32Array | Uint16Array>(numbers: Numbers): Numbers {
  const twice = new (numbers.constructor as new (length: number) => Numbers)(numbers.length * 2);
  twice.set(numbers);
  return twice;
}
