/** How much time, memory and connections the server allows. Times in ms. */
export interface ServerLimits {
  /** From the first byte of a request to the last byte of its body. Fastify's own default would switch off Node's limit. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Longer than a load balancer keeps idle connections (usually 60 s), or it would use connections that are closed. */
  readonly keepAliveTimeoutMs: number;
  /** How often Node looks for requests that exceed their time. */
  readonly checkIntervalMs: number;
  readonly connections: number;
  /** Memory for bodies over all requests, in bytes. */
  readonly bytesInFlight: number;
  /** How long the rest of a refused body is read, so that its sender sees the answer instead of a reset connection. */
  readonly lingerMs: number;
  /** How long open requests may take while the server closes. */
  readonly closeMs: number;
  /** How often the URL tokens are read again. Revoking a URL must work within a second. */
  readonly tokenPollMs: number;
  /** How often the numbers of refused requests are stored. */
  readonly countsMs: number;
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
  countsMs: 5_000,
};
