/**
 * People paste it at providers for years, so its path never changes.
 * @param base address of the receiver, without query; a path in it is kept.
 */
export function webhookUrl(base: string, integration: string, token: string): string {
  return `${base.replace(/\/+$/, '')}/v1/${integration}/${token}`;
}

/** Where the receiver can be reached from this machine. */
export function localUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** A name that can be a BigQuery dataset, a folder and a part of a URL. */
export const INTEGRATION_NAME = '^[a-z_][a-z0-9_]{0,62}$';

const MAX_LENGTH = 63;

/**
 * "Stitch Delighted" → `stitch_delighted`: lower case, accents dropped, everything else an underscore, as Stitch names the
 * schema of an integration.
 * @returns undefined when nothing is left of it.
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

/** Singer's stream name; SQL targets split it at the hyphen into schema and table. */
export function streamName(integration: string): string {
  return `${integration}-data`;
}
