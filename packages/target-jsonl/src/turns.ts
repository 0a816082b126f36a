/** Lets one task run at a time, in the order they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {}); // the next turn comes whatever became of this one; its caller is told
    return turn;
  }
}
