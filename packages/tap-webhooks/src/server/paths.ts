/** The two variable parts of a webhook's path, `/v1/<integration>/<token>`. */
export interface WebhookPath {
  readonly integration: string;
  readonly token: string;
}

const SCHEME_AND_HOST = /^https?:\/\/[^/]*/i;
const QUERY_OR_FRAGMENT = /[?#]/;
/** Characters without a width, which people copy along with a URL. `trim` removes all other white space. */
const INVISIBLE = /[\u200b\u2060\ufeff]/g;

/** Returns a URL from its path on: without scheme and host, if it has them. */
export function pathOf(url: string): string {
  return url.replace(SCHEME_AND_HOST, '');
}

/**
 * Returns what the URL of a request names, however proxies and people spell it: with the scheme and host, with slashes doubled
 * or at the end, with white space around a part, percent-encoded, and with or without the path of `public_url`.
 * @param prefix path of `public_url`, such as `/in`; empty when it has none.
 * @returns undefined when it is no path of a webhook.
 */
export function readPath(url: string, prefix: string): WebhookPath | undefined {
  const [path = ''] = pathOf(url).split(QUERY_OR_FRAGMENT, 1);
  const parts = partsOf(path);
  const before = partsOf(prefix);
  const hasPrefix = before.length > 0 && before.every((part, index) => parts[index] === part);
  const [version, integration, token, ...more] = hasPrefix ? parts.slice(before.length) : parts;
  if (version !== 'v1' || integration === undefined || token === undefined || more.length > 0)
    return undefined;
  return { integration, token };
}

/**
 * Returns the URL that a sender called. The proxy may have removed the path of `public_url` or not, and may have put scheme and
 * host of its own before the path.
 * @param publicUrl without a slash at its end.
 * @param url as received.
 */
export function calledUrl(publicUrl: string, url: string): string {
  const path = pathOf(url);
  const prefix = pathOf(publicUrl);
  const isKept = prefix !== '' && path.startsWith(`${prefix}/`);
  return publicUrl + (isKept ? path.slice(prefix.length) : path);
}

function partsOf(path: string): string[] {
  return decoded(path)
    .split('/')
    .map((part) => part.replace(INVISIBLE, '').trim())
    .filter((part) => part !== '');
}

/** Returns nothing for text that is not percent-encoded UTF-8. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
