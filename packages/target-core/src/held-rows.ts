import { type RowIdentity, sequencesAgree } from '@tap-webhooks/singer';

/** Rows of one inbox by position and sequence, as a table or a part of a batch holds them. */
export class HeldRows {
  /** Several at one position only where an older copy of the inbox was put back. */
  readonly #sequences = new Map<number, Array<number | undefined>>();

  /** Positions at which a row is held. */
  get positions(): IterableIterator<number> {
    return this.#sequences.keys();
  }

  add(position: number, sequence: number | undefined): void {
    const held = this.#sequences.get(position);
    if (held === undefined) this.#sequences.set(position, [sequence]);
    else if (!held.includes(sequence)) held.push(sequence);
  }

  /** True when a row of that position and sequence is held. The inbox is not looked at. */
  has({ position, sequence }: Pick<RowIdentity, 'position' | 'sequence'>): boolean {
    return this.#sequences.get(position)?.some((held) => sequencesAgree(held, sequence)) ?? false;
  }
}
