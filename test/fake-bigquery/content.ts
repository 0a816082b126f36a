import { gunzipSync } from 'node:zlib';

const NEWLINE = 10;

/** The content of an upload. */
export interface Content {
  /** Length in bytes. */
  readonly size: number;
  add(chunk: Buffer): void;
}

/** Content that is kept, so that its rows can be read. */
export class KeptContent implements Content {
  size = 0;
  readonly #chunks: Buffer[] = [];

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.size += chunk.length;
  }

  /** Yields each line with the byte at which it begins, without blank lines. */
  *lines(): Generator<{ readonly start: number; readonly bytes: Buffer }> {
    let parts: Buffer[] = [];
    let start = 0;
    let at = 0;
    for (const chunk of this.#plain()) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        const piece = chunk.subarray(from, end);
        yield { start, bytes: parts.length === 0 ? piece : Buffer.concat([...parts, piece]) };
        parts = [];
        from = end + 1;
        start = at + from;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
      at += chunk.length;
    }
    if (parts.length > 0) yield { start, bytes: Buffer.concat(parts) };
  }

  /**
   * Returns the content, unpacked when its first bytes say that it is gzip ("Loading JSON data from Cloud Storage",
   * compression).
   */
  #plain(): readonly Buffer[] {
    const [first] = this.#chunks;
    return first?.[0] === 0x1f && first[1] === 0x8b
      ? [gunzipSync(Buffer.concat(this.#chunks))]
      : this.#chunks;
  }
}

/** Content that is not kept: only its rows are counted. */
export class CountedContent implements Content {
  size = 0;
  #newlines = 0;
  #last = NEWLINE;

  add(chunk: Buffer): void {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#newlines += 1;
    this.#last = chunk.at(-1) ?? this.#last;
    this.size += chunk.length;
  }

  get rows(): number {
    return this.#newlines + (this.#last === NEWLINE ? 0 : 1);
  }
}
