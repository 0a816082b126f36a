import type { ChosenColumn } from './inbox/inbox.js';
import type { ColumnSetting } from './sender-settings.js';
import type { Verification } from './signatures/scheme.js';

/**
 * Headers that prove who sent a request: credentials, cookies and signatures. They are stored nowhere, so no setting may name
 * them. A name that contains one of these words is refused too.
 */
const REFUSED_HEADERS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'authentication',
  'cookie',
  'set-cookie',
  'x-forwarded-client-cert',
  'x-amz-security-token',
  'x-goog-iap-jwt-assertion',
  'cf-access-jwt-assertion',
  'paypal-transmission-sig',
];
const REFUSED_WORDS =
  /(?:^|[-_])(?:auth|authorization|authentication|cookies?|credentials?|signatures?|sig|hmac|sha1|sha256|token|secret|password|passwd|api-?key|access-?key|jwt|session)(?:$|[-_\d])/;

/**
 * Returns why a header may not be named, for a sentence; undefined when it may.
 * @param header in lower case.
 * @param proofs the headers in which this sender proves who it is, in lower case.
 */
export function refusedHeader(header: string, proofs: readonly string[]): string | undefined {
  return REFUSED_HEADERS.includes(header) || REFUSED_WORDS.test(header) || proofs.includes(header)
    ? `the header ${header} may hold a credential, a cookie or a signature, which are never stored: name another one`
    : undefined;
}

/** Returns the headers in which a sender proves who it is: its secret or its signature. In lower case. */
export function proofHeaders({ header, signature }: Pick<Verification, 'header' | 'signature'>): string[] {
  return [header, signature?.header].flatMap((one) => one ?? []).map((name) => name.toLowerCase());
}

/**
 * Returns the columns that a config asks for.
 * @param proofs see `refusedHeader`.
 * @param problem called with what is wrong.
 */
export function columnsOf(
  settings: readonly ColumnSetting[],
  proofs: readonly string[],
  problem: (sentence: string) => void,
): readonly ChosenColumn[] {
  const columns = settings.map((setting) => columnOf(setting, proofs, problem));
  const names = columns.map(({ name }) => name);
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index)))
    problem(`\`columns\`: two of them would be the column ${name}`);
  return columns;
}

function columnOf(
  setting: ColumnSetting,
  proofs: readonly string[],
  problem: (sentence: string) => void,
): ChosenColumn {
  if (typeof setting === 'string') return { name: `_sdc_${setting}`, from: setting };
  if ('query' in setting) return { name: `_sdc_query_${nameOf(setting.query)}`, from: setting };
  const header = setting.header.toLowerCase();
  const refused = refusedHeader(header, proofs);
  if (refused !== undefined) problem(`\`columns\`: ${refused}`);
  return { name: `_sdc_header_${nameOf(header)}`, from: { header } };
}

/** Two underscores never come together, since a name such as `a__st` would be that of a split column. */
function nameOf(text: string): string {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '')
    .join('_');
}
