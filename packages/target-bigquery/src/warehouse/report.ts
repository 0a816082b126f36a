import type { Output } from '@tap-webhooks/singer';

/** What a check found, line by line as it is found. */
export class Report {
  /** Lines marked FAIL. */
  problems = 0;
  readonly #out: Pick<Output, 'write'>;

  constructor(out: Pick<Output, 'write'>) {
    this.#out = out;
  }

  async ok(text: string): Promise<void> {
    await this.#out.write(`ok    ${text}`);
  }

  /** Nothing is wrong, and somebody should know. */
  async note(text: string): Promise<void> {
    await this.#out.write(`note  ${text}`);
  }

  async fail(text: string): Promise<void> {
    this.problems += 1;
    await this.#out.write(`FAIL  ${text}`);
  }

  /** Belongs to the line before. */
  async detail(lines: readonly string[]): Promise<void> {
    for (const line of lines) await this.#out.write(`        ${line}`);
  }
}
