/** More would only lie there: one batch is loaded while another collects. */
const MOST = 2;

/** Memory of batches that are loaded, for those that begin: new memory each time would pile up until it is collected. */
export class SpareBytes {
  #spares: Buffer[] = [];

  /** The largest one; undefined when there is none. */
  take(): Buffer | undefined {
    return this.#spares.pop();
  }

  /** @param bytes that nobody reads any more. */
  give(bytes: Buffer): void {
    this.#spares.push(bytes);
    this.#spares.sort((a, b) => a.length - b.length);
    if (this.#spares.length > MOST) this.#spares.shift();
  }
}
