/** A value that cannot be written: the message is a sentence that names the field and never quotes the value. */
export class Refusal extends Error {
  /** @param why completes "The field …", e.g. `is no date`. */
  constructor(path: string, why: string) {
    super(path === '' ? `The row ${why}` : `The field ${path} ${why}`);
    this.name = 'Refusal';
  }
}
