import type { TablePlan } from '../columns/plan.js';
import type { Diverted } from '../rows/diverted.js';
import { type Descriptor, descriptorBytes, rowDescriptor } from '../rows/proto-descriptor.js';
import { ProtoEncoder } from '../rows/proto-encode.js';
import type { RowEncoder } from '../rows/row-encoder.js';

/** The service takes requests of 10 MB ("Quotas and limits", Storage Write API); the rest is left for what frames the rows. */
export const REQUEST_BYTES = 9_000_000;
/** Requests are filled up to this size, so that several are under way. */
const USUAL_BYTES = 512 * 1024;

/** How the rows of a table are written into append requests. */
export interface RowFormat {
  readonly descriptor: Descriptor;
  readonly encode: RowEncoder;
  readonly proto: ProtoEncoder;
  /** Limit of a request together with the descriptor, which any request may have to carry. */
  readonly maxRequestBytes: number;
  /** Bytes that requests are filled up to. */
  readonly requestBytes: number;
  /** A row of more bytes fits into no request; at least `requestBytes`. */
  readonly rowBytes: number;
}

/** The format for the columns that a plan has. @param encode of that plan. */
export function rowFormat(
  { fields }: Pick<TablePlan, 'fields'>,
  encode: RowEncoder,
  maxRequestBytes: number,
): RowFormat {
  const descriptor = rowDescriptor(fields);
  const rowBytes = maxRequestBytes - descriptorBytes(descriptor);
  return {
    descriptor,
    encode,
    proto: new ProtoEncoder(fields),
    maxRequestBytes,
    requestBytes: Math.min(USUAL_BYTES, rowBytes),
    rowBytes,
  };
}

/** Rows of one request in the wire format, one after the other. */
export interface CutRequest {
  /** Of each row, among those that were to be cut. */
  readonly indexes: Uint32Array;
  /** Where each row ends in `bytes`. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

export interface CutRows {
  /** Requests, and indexes of rows that fit into none, in the order of the rows. */
  readonly parts: ReadonlyArray<CutRequest | number>;
  /** Rows that cannot be written, with the reason. */
  readonly refused: ReadonlyArray<readonly [index: number, reason: string]>;
  /** Values of the rows in requests that the columns of their fields do not hold. */
  readonly diverted: readonly Diverted[];
}

/** Tag and length of a row within a request, at most. */
const FRAME_BYTES = 6;

/** Writes rows in the wire format, and cuts them into requests. */
export function cutRows(
  texts: Iterable<string>,
  { encode, proto, requestBytes, rowBytes }: Omit<RowFormat, 'descriptor'>,
): CutRows {
  const parts: Array<CutRequest | number> = [];
  const refused: Array<readonly [number, string]> = [];
  const request = new RequestBytes(requestBytes);
  let index = -1;
  for (const text of texts) {
    index += 1;
    const routed = encode.encode(text);
    const encoded = 'refused' in routed ? routed : proto.encode(routed.json);
    if ('refused' in encoded) {
      encode.uncount();
      refused.push([index, encoded.refused]);
    } else if (encoded.bytes.length > rowBytes) {
      encode.uncount(); // a load job takes it, for which it is encoded again
      parts.push(...request.take(), index);
    } else {
      if (!request.hasRoom(encoded.bytes.length)) parts.push(...request.take());
      request.add(index, encoded.bytes);
    }
  }
  parts.push(...request.take());
  return { parts, refused, diverted: encode.takeDiverted() };
}

/** Where requests are collected, one after the other. */
let room = Buffer.alloc(0);

class RequestBytes {
  readonly #limit: number;
  #length = 0;
  #indexes: number[] = [];
  #ends: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  hasRoom(size: number): boolean {
    return this.#length + size + FRAME_BYTES * (this.#ends.length + 1) <= this.#limit;
  }

  add(index: number, row: Uint8Array): void {
    const length = this.#length + row.length;
    if (length > room.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#limit));
      room.copy(larger, 0, 0, this.#length);
      room = larger;
    }
    room.set(row, this.#length);
    this.#length = length;
    this.#indexes.push(index);
    this.#ends.push(length);
  }

  /** @returns the request so far, when it has rows. */
  take(): CutRequest[] {
    if (this.#ends.length === 0) return [];
    const request = {
      indexes: Uint32Array.from(this.#indexes),
      ends: Uint32Array.from(this.#ends),
      bytes: new Uint8Array(room.subarray(0, this.#length)), // its own memory, of its own size
    };
    this.#length = 0;
    this.#indexes = [];
    this.#ends = [];
    return [request];
  }
}
