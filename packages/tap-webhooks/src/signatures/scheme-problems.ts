import type { Place, Verification } from './scheme.js';
import { type Part, partsOf } from './template.js';

type Member = Exclude<keyof Verification, 'scheme'>;

const OF_SIGNATURES: readonly Member[] = [
  'signature',
  'signed',
  'encoding',
  'id',
  'timestamp',
  'tolerance_seconds',
  'body_digest',
];

/** The members that a scheme obeys. */
const OBEYED: { readonly [scheme in Verification['scheme']]: readonly Member[] } = {
  hmac: [...OF_SIGNATURES, 'hash', 'key'],
  ecdsa: [...OF_SIGNATURES, 'hash'],
  ed25519: OF_SIGNATURES,
  'standard-webhooks': ['key', 'tolerance_seconds'],
  header: ['header'],
  bearer: [],
  basic: [],
  none: [],
};

/** Returns what a schema cannot say about the setting `verification`, one sentence each. */
export function schemeProblems(verification: Verification): string[] {
  const { scheme, ...members } = verification;
  const idle = (Object.keys(members) as Member[]).filter((member) => !OBEYED[scheme].includes(member));
  return [
    ...idle.map((member) => `\`verification.${member}\` has no effect with the scheme ${scheme}: remove it`),
    ...(scheme === 'header' && verification.header === undefined
      ? ['`verification.header` is missing: name the header that holds the secret']
      : []),
    ...(OBEYED[scheme].includes('signature') ? signatureProblems(verification) : []),
  ];
}

function signatureProblems(verification: Verification): string[] {
  const { signature, signed = '{body}' } = verification;
  const parts = partsOf(signed);
  return [
    ...(signature ? [] : ['`verification.signature` is missing: say where the signature is']),
    ...(['signature', 'id', 'timestamp', 'body_digest'] as const).flatMap((member) =>
      placeProblems(member, verification[member]),
    ),
    ...(typeof parts === 'string'
      ? [`\`verification.signed\`: ${parts}`]
      : coverProblems(verification, parts)),
  ];
}

function placeProblems(member: string, place: Place | undefined): string[] {
  if (place === undefined) return [];
  const { header, body, query } = place;
  const named = [header, body, query].filter((where) => where !== undefined).length;
  return named === 1 ? [] : [`\`verification.${member}\` needs one of \`header\`, \`body\` and \`query\``];
}

function coversDigest({ header, query }: Place, parts: readonly Part[]): boolean {
  if (query !== undefined) return parts.some(({ kind }) => ['url', 'decoded_url', 'path'].includes(kind));
  if (header === undefined) return false;
  const signed = parts.map((part) => (part.kind === 'header' ? part.name : undefined));
  return [header].flat().every((name) => signed.includes(name.toLowerCase()));
}

/** Nothing that is not signed may count: anyone could have written it. */
function coverProblems(verification: Verification, parts: readonly Part[]): string[] {
  const { id, timestamp, tolerance_seconds: tolerance, body_digest: digest } = verification;
  const has = (kind: Part['kind']) => parts.some((part) => part.kind === kind);
  const coversBody = (place: Place) => place.body !== undefined && has('body');
  const problems: string[] = [];
  for (const [member, place] of [['id', id] as const, ['timestamp', timestamp] as const]) {
    if (place && !has(member) && !coversBody(place))
      problems.push(
        `\`verification.signed\` has no {${member}}, so \`${member}\` proves nothing: add it, or remove \`${member}\``,
      );
    if (!place && has(member))
      problems.push(`\`verification.${member}\` is missing: \`signed\` has {${member}}`);
  }
  if (tolerance !== undefined && !timestamp)
    problems.push('`verification.tolerance_seconds` needs `timestamp`: say where the signed time is');
  if (digest && !coversDigest(digest, parts))
    problems.push(
      '`verification.signed` has nothing that covers `body_digest`, so it proves nothing: add {url} or {header:NAME}',
    );
  return problems;
}
