/** Control characters, those that turn the direction of text, and line ends of Unicode. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Returns a text as a terminal may show it: what a terminal would obey becomes `\u001b`, as JSON writes it. Names that come
 * with the data could otherwise move the cursor, fake lines, or hide what follows.
 */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Like `visible` for a text of several lines. @param indent begins the further ones, so that none looks like a line of its own. */
export function visibleLines(text: string, indent = ''): string {
  return text.split('\n').map(visible).join(`\n${indent}`);
}

/** The last part of a webhook's URL, which is a secret. */
const TOKEN_IN_URL = /(\/v1\/[^/\s"]{1,200}\/)[\w%-]{16,}/gi;
/** Secrets and keys in the form of Standard Webhooks, which Stripe's have as well. */
const SIGNING_SECRET = /(wh(?:sec|sk|pk)_)[\w+/=-]{16,}/gi;

/**
 * Returns a text without the tokens of webhook URLs, and without signing secrets that can be told by their beginning: people paste
 * them into the wrong setting, and errors name what was given.
 */
export function withoutSecrets(text: string): string {
  return text.replaceAll(TOKEN_IN_URL, '$1…').replaceAll(SIGNING_SECRET, '$1…');
}
