/** The status texts of Google's error model, by HTTP status ("google.rpc.Code"). */
const STATUS_TEXT: { readonly [status: number]: string } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** A request that the service refuses, in the shape of its answer ("Error messages"). */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  get body(): object {
    const { status: code, reason, message } = this;
    return {
      error: {
        code,
        message,
        errors: [{ message, domain: 'global', reason }],
        status: STATUS_TEXT[code] ?? 'UNKNOWN',
      },
    };
  }
}

export const invalid = (message: string): Refusal => new Refusal(400, 'invalid', message);
export const invalidQuery = (message: string): Refusal => new Refusal(400, 'invalidQuery', message);
export const notFound = (what: string): Refusal => new Refusal(404, 'notFound', `Not found: ${what}`);
export const alreadyExists = (what: string): Refusal =>
  new Refusal(409, 'duplicate', `Already Exists: ${what}`);
