/** A Content-Type, taken apart. */
export interface ContentType {
  /** In lower case, without parameters; empty when there is none. */
  readonly type: string;
  /** @param name in lower case. */
  parameter(name: string): string | undefined;
}

/** One parameter: a token or a quoted string (RFC 9110 §5.6.6). */
const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g;

export function readContentType(header: string | undefined): ContentType {
  const text = header ?? '';
  const type = text.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return { type, parameter: (name) => parameterOf(text, name) };
}

/** Returns a parameter of a header such as Content-Type or Content-Disposition. @param name in lower case. */
export function parameterOf(header: string, name: string): string | undefined {
  for (const [, found, quoted, token] of header.matchAll(PARAMETER)) {
    if (found?.toLowerCase() === name) return quoted?.replaceAll(/\\(.)/g, '$1') ?? token;
  }
  return undefined;
}

/** True for `application/json` and its relatives, such as `application/cloudevents+json`. */
export function isJsonType(type: string): boolean {
  return /[/+]json$/.test(type);
}
