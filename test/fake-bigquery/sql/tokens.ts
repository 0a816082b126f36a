import { invalidQuery } from '../refusal.js';

export interface Token {
  /** `word` in any case, `name` in backticks, `parameter` without its @, `string` decoded, `number`, or a sign. */
  readonly kind: 'word' | 'name' | 'parameter' | 'string' | 'number' | 'sign' | 'end';
  readonly text: string;
}

const TOKEN =
  /\s+|`((?:[^`\\]|\\.)+)`|@([A-Za-z_]\w*)|('(?:[^'\\\n]|\\['\\n])*')|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(<=|>=|<>|!=|[=<>(),.*-])/y;

/** Splits a statement into tokens. @throws Refusal 400 `invalidQuery`. */
function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < sql.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(sql);
    if (match === null) throw invalidQuery(`Syntax error: Illegal input character at offset ${at}`);
    const [, name, parameter, string, number, word, sign] = match;
    if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter });
    else if (string !== undefined) tokens.push({ kind: 'string', text: unquoted(string) });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** Reads tokens one by one. */
export class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#tokens = tokenize(sql);
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'end of input' };
  }

  take(): Token {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  /** Takes the words or signs if all of them come next, and returns whether it did. */
  accept(...texts: readonly string[]): boolean {
    const fits = texts.every((text, index) => {
      const token = this.#tokens[this.#at + index];
      return (token?.kind === 'word' || token?.kind === 'sign') && token.text.toUpperCase() === text;
    });
    if (fits) this.#at += texts.length;
    return fits;
  }

  /** Takes the words or signs. @throws Refusal 400 `invalidQuery` unless they come next. */
  expect(...texts: readonly string[]): void {
    if (!this.accept(...texts)) throw this.unexpected(texts.join(' '));
  }

  /** Takes the name of a column. */
  identifier(): string {
    const token = this.take();
    if (token.kind === 'word' || token.kind === 'name') return token.text;
    throw invalidQuery(`Syntax error: Expected identifier but got ${token.text}`);
  }

  unexpected(wanted: string): Error {
    return invalidQuery(
      `Syntax error: Expected ${wanted} but got ${this.next.text}; this server knows few statements`,
    );
  }
}
