/** A piece of what is signed, by the setting `signed`. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'method' | 'url' | 'decoded_url' | 'path' | 'id' | 'timestamp' | 'body' | 'fields' }
  /** @property name in lower case. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'member'; readonly path: string };

const WORDS = ['method', 'url', 'decoded_url', 'path', 'id', 'timestamp', 'body', 'fields'] as const;

/** Everything that may be between braces, for people. */
const KNOWN = [...WORDS.map((word) => `{${word}}`), '{header:NAME}', '{body:PATH}'].join(', ');

/** A brace that is doubled is itself; anything else in braces is a placeholder. */
const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;

/**
 * Returns the parts of a template such as `v0:{timestamp}:{body}`. `{{` and `}}` are braces.
 * @returns a sentence when it cannot be understood.
 */
export function partsOf(template: string): readonly Part[] | string {
  const parts: Part[] = [];
  for (const [piece, placeholder] of template.matchAll(PIECE)) {
    const part = placeholder === undefined ? textOf(piece) : partOf(placeholder);
    if (typeof part === 'string') return part;
    parts.push(part);
  }
  return parts;
}

function textOf(piece: string): Part | string {
  if (piece === '{' || piece === '}') return `a single ${piece} is not a placeholder: write it twice`;
  return { kind: 'text', text: piece === '{{' || piece === '}}' ? piece.slice(1) : piece };
}

function partOf(placeholder: string): Part | string {
  const word = WORDS.find((known) => known === placeholder);
  if (word) return { kind: word };
  const [kind, ...rest] = placeholder.split(':');
  const name = rest.join(':').trim();
  if (kind === 'header' && name !== '') return { kind: 'header', name: name.toLowerCase() };
  if (kind === 'body' && name !== '') return { kind: 'member', path: name };
  return `{${placeholder}} is not known; known are ${KNOWN}`;
}
