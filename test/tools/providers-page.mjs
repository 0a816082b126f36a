// Writes the page that shows what is known of each provider, and the words that other tables share with it.

const URL_SHOWN = '<URL>';

export function providersPage(providers) {
  return `${[
    '# Providers',
    '',
    'What a preset knows of its provider. This page is generated from the presets in [`src/providers`](src/providers).',
    'A provider that is not here is connected as `webhooks`: [Who may send](README.md#who-may-send).',
    ...providers.flatMap((provider) => ['', ...section(provider)]),
  ].join('\n')}\n`;
}

function section(provider) {
  const { name, title, facts } = provider;
  return [
    `## ${title}`,
    '',
    `| \`"provider": "${name}"\` | |`,
    '|---|---|',
    ...rows(provider).map(([what, text]) => `| ${what} | ${text} |`),
    '',
    'Set it up:',
    '',
    `1. Run \`tap-webhooks url create <name>\`, which prints \`${URL_SHOWN}\` and these steps.`,
    ...provider.steps(`\`${URL_SHOWN}\``).map((step, index) => `${index + 2}. ${step}`),
    ...(facts.notes ? ['', ...facts.notes.map((note) => `- ${note}`)] : []),
    ...(facts.unconfirmed
      ? ['', 'Not confirmed by any source:', '', ...facts.unconfirmed.map((doubt) => `- ${doubt}`)]
      : []),
    '',
    `Sources: ${facts.sources.join('; ')}.`,
  ];
}

function rows(provider) {
  const { verification, deliveryId, idAloneDecides, eventType, eventTime, keyProperties, latestBy, ...rest } =
    provider;
  return [
    ['verification', verification ? `${proof(verification)}${signedText(verification)}` : 'none'],
    ...(verification ? [['time limit', limit(verification)]] : []),
    ['not covered', rest.facts.uncovered],
    ['a retry is recognised by', place(deliveryId) + (idAloneDecides ? ', whatever its content' : '')],
    ['event type', place(eventType)],
    ['event time', eventTime ? `${place(eventTime)} (${eventTime.unit})` : '–'],
    [
      'key',
      keyProperties.map((key) => `\`${key}\``).join(', ') ||
        'a generated one, unless `key_properties` names one',
    ],
    ['latest version by', latestBy ? versions(latestBy) : '–'],
    [
      'largest body',
      `${(rest.bodyLimitBytes ?? 20_000_000).toLocaleString('en')} bytes, unless \`body_limit_bytes\` says otherwise`,
    ],
    [
      'payload schema',
      rest.schema ? `[schemas/${rest.name}.json](../../schemas/${rest.name}.json)` : 'learned from the data',
    ],
    ['retries', rest.facts.retries],
  ];
}

/** Returns in words how a provider proves who it is. */
export function proof({ scheme, hash = 'sha256', signature, header }) {
  if (scheme === 'header') return `secret in header \`${header}\``;
  if (signature === undefined) return NAMES[scheme] ?? scheme;
  const algorithm = scheme === 'ed25519' ? 'Ed25519' : `${scheme.toUpperCase()}-${hash.toUpperCase()}`;
  return `${algorithm} in ${signature.header ? `header \`${signature.header}\`` : `\`${signature.body}\``}`;
}

const NAMES = {
  'standard-webhooks': 'Standard Webhooks',
  bearer: 'bearer token',
  basic: 'user and password',
};

function signedText({ signature, signed = '{body}', encoding = 'hex' }) {
  if (signature === undefined) return '';
  const prefix = signature.prefix ? ` after \`${signature.prefix}\`` : '';
  return `, as ${encoding}${prefix}; it signs \`${signed}\``;
}

function limit({ scheme, tolerance_seconds: tolerance }) {
  const seconds = tolerance ?? (scheme === 'standard-webhooks' ? 300 : undefined);
  return seconds === undefined ? 'none' : `${seconds} s: each retry is signed anew`;
}

export function place(where) {
  if (where === undefined) return '–';
  if (where.digest) return 'equal bodies';
  if (where.all) return where.all.map(place).join(' and ');
  if (where.any) return where.any.map(place).join(', else ');
  return where.header ? `header \`${where.header}\`` : `\`${where.body.join('.')}\``;
}

export function versions(latestBy) {
  const paths = typeof latestBy === 'string' ? [latestBy] : Object.values(latestBy.paths);
  return [...new Set(paths)].map((path) => `\`${path}\``).join(', ');
}

/** The part of a link after `#`, as GitHub makes it of a heading. */
export function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
