import { MalformedBody } from './body-rules.js';
import { charactersOf } from './charset.js';

/** Most fields of a form. */
export const MOST_FIELDS = 100_000;

/** The fields of a form, in their order. Their values are texts. */
export class Fields {
  readonly #values = new Map<string, string[]>();
  #count = 0;

  /** @throws MalformedBody when there are too many. */
  add(name: string, value: string): void {
    this.#count += 1;
    if (this.#count > MOST_FIELDS) throw new MalformedBody(`it is a form of more than ${MOST_FIELDS} fields`);
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Every value of a field. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The form as JSON: an object of texts. A field that occurs several times is an array. */
  toJson(): string {
    const members = [...this.#values].map(([name, values]) => {
      const value = values.length === 1 ? values[0] : values;
      return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    });
    return `{${members.join(',')}}`;
  }
}

/** Returns the bytes of a field as text. @throws MalformedBody */
export function textOfField(bytes: Uint8Array, charset: () => string | undefined): string {
  try {
    return charactersOf(bytes, charset);
  } catch (cause) {
    if (!(cause instanceof MalformedBody)) throw cause;
    throw new MalformedBody(`a field of its form cannot be read: ${cause.message}`);
  }
}
