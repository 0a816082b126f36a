/** An event that cannot become a row: it goes to the quarantine. */
export class Unfit extends Error {
  override readonly name = 'Unfit';
  /** A sentence that names the field; it never quotes a value. */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}
