import { elementSlices, type Slice } from '@tap-webhooks/singer';
import { MalformedBody, type Unroll } from './body-rules.js';
import { mostCharacters } from './growth.js';
import { valueAt } from './paths.js';

/**
 * Returns the events of a JSON text as one array, in which each item of the array at a path is an event.
 * @param text valid JSON: an event, or an array of events.
 * @param most events; of more only the first ones, and one more, are returned.
 * @throws MalformedBody when copied values would make it much larger.
 */
export function unroll(text: string, { path, copy }: Unroll, most: number): string {
  const items = new Items(mostCharacters(text.length), most);
  for (const event of eventsOf(text, most)) {
    const array = valueAt(text, event.start, path);
    if (array === undefined || text[array.start] !== '[') {
      items.add(text.slice(event.start, event.end));
      continue;
    }
    const around = copy.flatMap((one) => copyOf(text, event, one));
    const inner = text.slice(array.start, array.end);
    for (const { start, end } of elementSlices(inner, most + 1))
      if (!items.add(withMembers(inner.slice(start, end), around))) break;
  }
  return items.toJson();
}

class Items {
  readonly #items: string[] = [];
  readonly #most: number;
  #free: number;

  constructor(mostCharacters: number, most: number) {
    this.#free = mostCharacters;
    this.#most = most;
  }

  /** @returns false when there are too many. */
  add(item: string): boolean {
    this.#free -= item.length + 1;
    if (this.#free < 0)
      throw new MalformedBody('its events would be too large together: let `unroll` copy less');
    return this.#items.push(item) <= this.#most;
  }

  toJson(): string {
    return `[${this.#items.join(',')}]`;
  }
}

function eventsOf(text: string, most: number): readonly Slice[] {
  const start = text.search(/\S/);
  if (text[start] !== '[') return [{ start, end: text.trimEnd().length }];
  return elementSlices(text, most + 1);
}

/** The names that a copied value may get in a row: the first that its item has no member of. */
export function namesOfCopy(name: string): readonly string[] {
  return [name, `envelope_${name}`, `envelope_envelope_${name}`];
}

interface Copied {
  readonly name: string;
  readonly value: string;
}

function copyOf(text: string, event: Slice, path: readonly string[]): Copied[] {
  const found = valueAt(text, event.start, path);
  return found ? [{ name: path.at(-1) ?? '', value: text.slice(found.start, found.end) }] : [];
}

/** An item that is no object stays as it is. One that has a member of that name keeps it, and the copy gets another name. @throws MalformedBody */
function withMembers(item: string, copied: readonly Copied[]): string {
  if (copied.length === 0 || !item.startsWith('{')) return item;
  const added = copied.map(({ name, value }) => `${JSON.stringify(freeName(item, name))}:${value}`);
  const inner = item.slice(0, -1).trimEnd();
  return `${inner}${inner === '{' ? '' : ','}${added.join(',')}}`;
}

function freeName(item: string, name: string): string {
  const free = namesOfCopy(name).find((one) => valueAt(item, 0, [one]) === undefined);
  if (free === undefined)
    throw new MalformedBody('an item has members of all names that a copied value could get');
  return free;
}
