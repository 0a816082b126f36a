const TWO_32 = 4_294_967_296;
const FIRST_BYTES = 16 * 1024;
/** The length of a text of at most this many UTF-16 code units takes one byte, for any characters. */
const SHORT_STRING = 42;

/** The type of a field: its number in a descriptor (`google.protobuf.FieldDescriptorProto.Type`), and its wire type. */
export interface ProtoType {
  readonly number: number;
  readonly wire: number;
}

/** Wire types ("Encoding" of the Protocol Buffers documentation). */
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;

export const PROTO = {
  double: { number: 1, wire: FIXED_64 },
  int64: { number: 3, wire: VARINT },
  int32: { number: 5, wire: VARINT },
  bool: { number: 8, wire: VARINT },
  string: { number: 9, wire: BYTES },
  message: { number: 11, wire: BYTES },
  bytes: { number: 12, wire: BYTES },
} as const satisfies { readonly [name: string]: ProtoType };

/** Writes the wire format of Protocol Buffers into one buffer that is used again and again. */
export class WireWriter {
  /** Bytes of the message so far. */
  length = 0;
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);

  clear(): void {
    this.length = 0;
  }

  /** What was written. It is valid until `clear`. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** @param value at least 0 and below 2^32: a tag, a length. */
  uint32(value: number): void {
    this.#room(5);
    let rest = value;
    for (; rest > 127; rest >>>= 7) this.#bytes[this.length++] = (rest & 127) | 128;
    this.#bytes[this.length++] = rest;
  }

  /** @param value a safe integer; a negative one takes ten bytes, as int32 and int64 have it. */
  integer(value: number): void {
    if (value >= 0) {
      this.#varint64(value % TWO_32, Math.floor(value / TWO_32));
      return;
    }
    // two's complement of the 64 bits: invert what is one above
    const above = -(value + 1);
    this.#varint64(~(above % TWO_32) >>> 0, ~Math.floor(above / TWO_32) >>> 0);
  }

  /** @param value within 64 bits, signed. */
  bigint(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.#varint64(Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  }

  double(value: number): void {
    this.#room(8);
    this.length = this.#bytes.writeDoubleLE(value, this.length);
  }

  /** A length and that many bytes of UTF-8. */
  string(value: string): void {
    this.slice(value, 0, value.length);
  }

  /** Writes a part of a text likewise. A short part is not copied first. */
  slice(text: string, begin: number, end: number): void {
    const size = end - begin;
    if (size > SHORT_STRING) {
      this.#longString(text.slice(begin, end));
      return;
    }
    this.#room(1 + 3 * size);
    const bytes = this.#bytes;
    const start = this.length + 1;
    let at = start;
    for (let index = begin; index < end; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) {
        at = start + bytes.write(text.slice(begin, end), start);
        break;
      }
      bytes[at++] = code;
    }
    bytes[start - 1] = at - start;
    this.length = at;
  }

  /** A length and those bytes. */
  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
  }

  /** Begins a message within the message. @returns what `end` needs. */
  begin(): number {
    this.#room(1);
    this.length += 1;
    return this.length;
  }

  /** Ends it, and writes its length before it. */
  end(start: number): void {
    const size = this.length - start;
    const extra = size < 128 ? 0 : size < 16_384 ? 1 : size < 2_097_152 ? 2 : size < 268_435_456 ? 3 : 4;
    if (extra > 0) {
      this.#room(extra);
      this.#bytes.copyWithin(start + extra, start, this.length);
    }
    const end = this.length + extra;
    this.length = start - 1;
    this.uint32(size);
    this.length = end;
  }

  #longString(value: string): void {
    const size = Buffer.byteLength(value);
    this.uint32(size);
    this.#room(size);
    this.length += this.#bytes.write(value, this.length);
  }

  #varint64(low: number, high: number): void {
    this.#room(10);
    let lo = low;
    let hi = high;
    while (hi > 0) {
      this.#bytes[this.length++] = (lo & 127) | 128;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    this.uint32(lo);
  }

  #room(size: number): void {
    const needed = this.length + size;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
