/** What one receiver gives to strangers and slow senders. Times in ms. */
export interface ServerLimits {
  /** From the first byte of a request to the last of its body. Fastify's own default would switch Node's off. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Longer than the idle time of a load balancer (60 s is usual), which would otherwise meet closed connections. */
  readonly keepAliveTimeoutMs: number;
  /** How often Node looks for requests past their time. */
  readonly checkIntervalMs: number;
  readonly connections: number;
  /** Bodies held at a time, in bytes, over all requests. */
  readonly bytesInFlight: number;
  /** How long a refused body is read on, so that its sender sees the answer instead of a reset connection. */
  readonly lingerMs: number;
  /** How long requests already begun may take while the server closes. */
  readonly closeMs: number;
  /** How often the URL tokens are read again: revoking acts within a second. */
  readonly tokenPollMs: number;
}

export const defaultLimits: ServerLimits = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  keepAliveTimeoutMs: 72_000,
  checkIntervalMs: 1_000,
  connections: 5_000,
  bytesInFlight: 256 * 1024 * 1024,
  lingerMs: 5_000,
  closeMs: 5_000,
  tokenPollMs: 250,
};
