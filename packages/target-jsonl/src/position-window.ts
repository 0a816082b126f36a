/** Collects positions and keeps the lowest `capacity` of them, which are all at or below `through`. */
export class PositionBuffer {
  readonly #capacity: number;
  #positions = new Float64Array(1024);
  #count = 0;
  /** All positions up to here are kept. */
  through: number;

  constructor(capacity: number, through: number) {
    this.#capacity = capacity;
    this.through = through;
  }

  add(position: number): void {
    if (position > this.through) return;
    if (this.#count === this.#positions.length) this.#makeRoom();
    this.#positions[this.#count++] = position;
  }

  finish(): Float64Array {
    const sorted = this.#positions.slice(0, this.#count).sort();
    return sorted.subarray(0, upTo(sorted, this.through));
  }

  #makeRoom(): void {
    if (this.#count < this.#capacity * 2) {
      const larger = new Float64Array(Math.min(this.#positions.length * 2, this.#capacity * 2));
      larger.set(this.#positions);
      this.#positions = larger;
      return;
    }
    this.#positions.sort();
    this.through = this.#positions[this.#capacity - 1] as number;
    this.#count = this.#capacity;
  }
}

/** Which positions of one inbox some files hold, from `from` through `through`; about others it knows nothing. */
export class PositionWindow {
  readonly #from: number;
  readonly #through: number;
  /** In ascending order. */
  readonly #read: Float64Array;
  /** Positions loaded since the files were read. */
  readonly #added = new Set<number>();
  /** Ranges of files that are gone: all their positions count as loaded. */
  readonly #shipped: ReadonlyArray<readonly [first: number, last: number]>;

  constructor(from: number, found: PositionBuffer, shipped: ReadonlyArray<readonly [number, number]>) {
    this.#from = from;
    this.#read = found.finish();
    this.#through = found.through;
    this.#shipped = shipped;
  }

  /** Positions added since the files were read. */
  get added(): number {
    return this.#added.size;
  }

  covers(position: number): boolean {
    return this.#from <= position && position <= this.#through;
  }

  add(position: number): void {
    this.#added.add(position);
  }

  holds(position: number): boolean {
    if (this.#added.has(position)) return true;
    if (this.#shipped.some(([first, last]) => first <= position && position <= last)) return true;
    return this.#read[upTo(this.#read, position) - 1] === position;
  }
}

/** How many of the ascending numbers are at or below the limit. */
function upTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
