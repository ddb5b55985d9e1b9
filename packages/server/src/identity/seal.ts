/** Seals text that a client carries for us, so that it can neither be read nor changed, nor used by another tenant. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomFillSync } from 'node:crypto';

const saltBytes = 8;
const nonceBytes = 12;
const tagBytes = 16;
/** The length of the text, in front of it. */
const lengthBytes = 2;
/**
 * Sizes of a sealed text: what a cursor is told to need, rounded up to these, so that its length tells of no position.
 * 128 hold the cursor of one log whatever its numbers are, 256 that of three. Every event of a live stream carries one.
 */
const step = 128;
/** Random nonces under one key: 2^32 is what NIST SP 800-38D 8.3 lets be; a fresh salt makes a fresh key long before. */
const sealsOfKey = 2 ** 30;
/** Keys of other processes that are remembered; each costs 20 us to derive. */
const mostKeys = 1000;
/** Nonces drawn at once: one at a time cost 4.4 us of the 16 that a seal takes. */
const nonces = Buffer.alloc(nonceBytes * 256);
let drawn = nonces.length;

function drawNonce(): Buffer {
  if (drawn === nonces.length) {
    randomFillSync(nonces);
    drawn = 0;
  }
  drawn += nonceBytes;
  return Buffer.from(nonces.subarray(drawn - nonceBytes, drawn));
}

export class Sealer {
  readonly #secret: string;
  readonly #purpose: string;
  readonly #keys = new Map<string, Buffer>();
  #salt = randomBytes(saltBytes);
  #seals = 0;

  /** What is sealed for one purpose is not opened for another. */
  constructor(secret: string, purpose: string) {
    this.#secret = secret;
    this.#purpose = purpose;
  }

  /** `holder` has to be the same on opening; `room` is what the longest such text would need, in bytes. */
  seal(text: string, holder: string, room: number): string {
    this.#seals += 1;
    if (this.#seals > sealsOfKey) {
      this.#salt = randomBytes(saltBytes);
      this.#seals = 1;
    }
    const length = Buffer.byteLength(text);
    const frame = Buffer.alloc(Math.ceil((Math.max(length, room) + lengthBytes) / step) * step);
    frame.writeUInt16BE(length);
    frame.write(text, lengthBytes);
    const nonce = drawNonce();
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(this.#salt), nonce).setAAD(Buffer.from(holder));
    const body = cipher.update(frame);
    cipher.final();
    return Buffer.concat([this.#salt, nonce, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** Undefined for whatever is not whole, not ours, or another holder's. */
  open(sealed: string, holder: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    // Base64 that is written otherwise decodes to the same bytes; only what we wrote is ours.
    if (bytes.length < saltBytes + nonceBytes + tagBytes + step || bytes.toString('base64url') !== sealed)
      return undefined;
    const nonce = bytes.subarray(saltBytes, saltBytes + nonceBytes);
    const tag = bytes.subarray(saltBytes + nonceBytes, saltBytes + nonceBytes + tagBytes);
    const key = this.#keyOf(bytes.subarray(0, saltBytes));
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(holder))
      .setAuthTag(tag);
    try {
      const frame = Buffer.concat([
        decipher.update(bytes.subarray(saltBytes + nonceBytes + tagBytes)),
        decipher.final(),
      ]);
      return frame.toString('utf8', lengthBytes, lengthBytes + frame.readUInt16BE());
    } catch {
      return undefined;
    }
  }

  #keyOf(salt: Buffer): Buffer {
    const name = salt.toString('latin1');
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, salt, `telltale:${this.#purpose}`, 32));
    if (this.#keys.size >= mostKeys) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}
