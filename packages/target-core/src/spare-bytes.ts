/** Smaller memory costs nothing to make anew, and there may be thousands of tables. */
const LEAST_BYTES = 256 * 1024;
/** More would only lie there: one batch is loaded while another collects. */
const MOST_SPARES = 2;

/** Memory of batches that are loaded, for those that grow: new memory each time would pile up until it is collected. */
export class SpareBytes {
  #spares: Buffer[] = [];

  /** @returns memory of at least so many bytes. */
  take(bytes: number): Buffer {
    const index = this.#spares.findIndex(({ length }) => length >= bytes);
    const [spare] = index < 0 || bytes < LEAST_BYTES ? [] : this.#spares.splice(index, 1);
    return spare ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** @param bytes that nobody reads any more. */
  give(bytes: Buffer): void {
    if (bytes.length < LEAST_BYTES) return;
    this.#spares.push(bytes);
    this.#spares.sort((a, b) => a.length - b.length);
    if (this.#spares.length > MOST_SPARES) this.#spares.shift();
  }
}
