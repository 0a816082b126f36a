import type { Row } from '@tap-webhooks/target-core';

const SIZE = 256 * 1024;
const LINE_FEED = 10;

/** Turns rows into bytes of lines, piece by piece, in one buffer that is used again and again. */
export class RowBuffer {
  readonly #buffer = Buffer.allocUnsafeSlow(SIZE);

  /**
   * Takes rows from `from` on, at least one, until the buffer is full or `limit` bytes are reached. The bytes are good until
   * the next call.
   * @returns the bytes, and the index behind the last row taken.
   */
  fill(rows: readonly Row[], from: number, limit: number): { bytes: Buffer; length: number; next: number } {
    let length = 0;
    let next = from;
    for (; next < rows.length && length < limit; next += 1) {
      const { text } = rows[next] as Row;
      // A UTF-16 code unit takes at most three bytes in UTF-8.
      if (length + text.length * 3 + 1 > SIZE) break;
      length += this.#buffer.write(text, length);
      this.#buffer[length] = LINE_FEED;
      length += 1;
    }
    if (next > from) return { bytes: this.#buffer, length, next };
    const large = Buffer.from(`${(rows[from] as Row).text}\n`);
    return { bytes: large, length: large.length, next: from + 1 };
  }
}
