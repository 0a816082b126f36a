/**
 * Returns a webhook's URL. Its path never changes: providers keep it for years.
 * @param base address of the receiver, without query. A path in it is kept.
 */
export function webhookUrl(base: string, integration: string, token: string): string {
  return `${base.replace(/\/+$/, '')}/v1/${integration}/${token}`;
}

/** Returns the URL at which this machine can reach the receiver. */
export function localUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** Pattern of names that can be a BigQuery dataset, a folder and a part of a URL. */
export const INTEGRATION_NAME = '^[a-z_][a-z0-9_]{0,62}$';

const MAX_LENGTH = 63;

/**
 * Returns the name for a display name, as Stitch names the schema of an integration: "Stitch Delighted" → `stitch_delighted`.
 * Lower case, accents dropped, underscores for everything else.
 * @returns undefined when nothing is left.
 */
export function integrationName(displayName: string): string | undefined {
  const words = displayName
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (words === '') return undefined;
  return (/^[0-9]/.test(words) ? `_${words}` : words).slice(0, MAX_LENGTH);
}

export function isIntegrationName(name: string): boolean {
  return new RegExp(INTEGRATION_NAME).test(name);
}

/** Every integration has one stream. SQL targets split its name at the hyphen into schema and table. */
const STREAM_ENDING = '-data';

/** Returns the name of an integration's Singer stream. */
export function streamName(integration: string): string {
  return integration + STREAM_ENDING;
}

/** Returns the name of the integration that a stream is of. */
export function integrationOfStream(stream: string): string {
  return stream.slice(0, -STREAM_ENDING.length);
}
