/**
 * What a failure of the service calls for:
 * - `transient`: the same call may work later (it was repeated already when this is thrown)
 * - `quota`: the same call works again in minutes to hours
 * - `duplicate`: 409, the name or the job id is taken
 * - `missing`: 404
 * - `precondition`: 412, the resource changed after it was read
 * - `denied`: 401 or 403, a permission or an API is missing
 * - `invalid`: the request is wrong and stays wrong
 */
export type ServiceErrorKind =
  | 'transient'
  | 'quota'
  | 'duplicate'
  | 'missing'
  | 'precondition'
  | 'denied'
  | 'invalid';

/** A call that the service refused or did not answer. It never leaves the package: errors.ts turns it into a sentence. */
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

/**
 * Classes of errors, as Google's page "Error messages" of BigQuery has them. A reason says more than a status: 403 is a
 * missing permission, a used-up quota or a rate limit.
 */
const REASONS: { readonly [reason: string]: ServiceErrorKind } = {
  backendError: 'transient',
  internalError: 'transient',
  jobBackendError: 'transient',
  jobInternalError: 'transient',
  rateLimitExceeded: 'transient',
  jobRateLimitExceeded: 'transient',
  tableUnavailable: 'transient',
  timeout: 'transient',
  quotaExceeded: 'quota',
  duplicate: 'duplicate',
  notFound: 'missing',
  conditionNotMet: 'precondition',
  accessDenied: 'denied',
  accessNotConfigured: 'denied',
  billingNotEnabled: 'denied',
  blocked: 'denied',
  invalid: 'invalid',
  invalidQuery: 'invalid',
  resourcesExceeded: 'invalid',
  responseTooLarge: 'invalid',
  stopped: 'invalid',
};

const STATUSES: { readonly [status: number]: ServiceErrorKind } = {
  401: 'denied',
  403: 'denied',
  404: 'missing',
  408: 'transient',
  409: 'duplicate',
  412: 'precondition',
  429: 'transient',
};

/** @param status HTTP status of the answer. */
export function kindOf(status: number, reason: string): ServiceErrorKind {
  const byStatus = STATUSES[status];
  if (byStatus === 'duplicate' || byStatus === 'precondition') return byStatus;
  const byReason = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return byReason ?? byStatus ?? (status >= 500 ? 'transient' : 'invalid');
}

/** The failure of a job that is over: its kind tells whether a new job with the same rows may do better. */
export function jobError({
  reason,
  message,
}: {
  readonly reason: string;
  readonly message: string;
}): ServiceError {
  const kind = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
  return new ServiceError(kind ?? 'invalid', 200, reason, message);
}
