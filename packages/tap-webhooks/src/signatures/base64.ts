/**
 * Returns the bytes of base64 of either alphabet, with or without padding. Undefined for other text, for none at all, and for
 * another spelling of the same bytes: Node's decoder ignores characters that it does not know, and bits that say nothing.
 */
export function fromBase64(text: string): Buffer | undefined {
  const bare = text
    .replace(/={1,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  const bytes = Buffer.from(bare, 'base64');
  const isWhole = bytes.length > 0 && bytes.toString('base64').replace(/=+$/, '') === bare;
  return isWhole ? bytes : undefined;
}
