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
