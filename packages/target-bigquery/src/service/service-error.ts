/**
 * What is to be done about a failure of the service:
 * - `transient`: the same call may work later (it was tried again already when this is thrown)
 * - `quota`: works again in minutes to hours
 * - `duplicate`: 409, the name or the job id is taken
 * - `missing`: 404
 * - `precondition`: 412, it changed since it was read
 * - `denied`: 401 or 403, a permission or an API is missing
 * - `invalid`: what was asked for is wrong, and will be
 */
export type ServiceErrorKind =
  | 'transient'
  | 'quota'
  | 'duplicate'
  | 'missing'
  | 'precondition'
  | 'denied'
  | 'invalid';

/** A call that the service refused, or did not answer. Never leaves the package: errors.ts makes sentences of it. */
export class ServiceError extends Error {
  readonly kind: ServiceErrorKind;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The service's reason (`accessDenied`, `quotaExceeded`, …), or the code of a network failure. */
  readonly reason: string;

  constructor(
    kind: ServiceErrorKind,
    status: number,
    reason: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ServiceError';
    this.kind = kind;
    this.status = status;
    this.reason = reason;
  }

  /** The IAM permission that the service names as missing, e.g. `bigquery.tables.create`. */
  get permission(): string | undefined {
    return /\b(bigquery\.[a-zA-Z]+\.[a-zA-Z]+)\b/.exec(this.message)?.[1];
  }
}

export function isKind(error: unknown, ...kinds: readonly ServiceErrorKind[]): error is ServiceError {
  return error instanceof ServiceError && kinds.includes(error.kind);
}
