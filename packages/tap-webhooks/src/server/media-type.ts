/**
 * Whether a body that turned out not to be JSON was declared as something else: `text/plain` yes, `application/json` or no
 * type at all no.
 * @param otherTypes media types that the provider is known to send.
 */
export function declaresOther(contentType: string | undefined, otherTypes: readonly string[] = []): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type !== '' && !/[/+]json$/.test(type) && !otherTypes.includes(type);
}
