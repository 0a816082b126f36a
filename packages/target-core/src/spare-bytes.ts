/** Smaller buffers are not kept: they are cheap to allocate, and there may be thousands of tables. */
const LEAST_BYTES = 256 * 1024;
/** Most buffers to keep. More are not needed: one batch is loaded while another collects. */
const MOST_SPARES = 2;

/** Reuses the memory of loaded batches for new ones: fresh memory each time would pile up until it is garbage-collected. */
export class SpareBytes {
  #spares: Buffer[] = [];

  /** Returns memory of at least so many bytes. */
  take(bytes: number): Buffer {
    const index = this.#spares.findIndex(({ length }) => length >= bytes);
    const [spare] = index < 0 || bytes < LEAST_BYTES ? [] : this.#spares.splice(index, 1);
    return spare ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** Takes back memory that nobody reads any more. */
  give(bytes: Buffer): void {
    if (bytes.length < LEAST_BYTES) return;
    this.#spares.push(bytes);
    this.#spares.sort((a, b) => a.length - b.length);
    if (this.#spares.length > MOST_SPARES) this.#spares.shift();
  }
}
