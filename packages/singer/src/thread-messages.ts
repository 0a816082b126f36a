import { ToolkitError } from './errors.js';

/** What the two sides of a worker thread say to each other: see `worker.ts` (who calls) and `serve-thread.ts` (who answers). */

export interface Request {
  readonly id: number;
  /** Undefined: close what is served, and end. */
  readonly method: string | undefined;
  readonly args: readonly unknown[];
}

/** The answer to a call has the call's id; id 0 tells that the worker has opened what it serves. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };

/** An error on its way between threads, where a clone would lose its class and its fields. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  /** Of a ToolkitError. */
  readonly exitCode?: number;
  /** Name of a registered class. */
  readonly kind?: string;
  readonly stack?: string;
}

export const OPENED = 0;

/** Error classes that keep their class between threads, by a name that both sides use. They are made from the message. */
export type ErrorClasses = { readonly [name: string]: new (message: string) => Error };

export function packFailure(cause: unknown, errors: ErrorClasses): Failure {
  if (!(cause instanceof Error)) return { message: String(cause) };
  const { message, stack } = cause;
  const kind = Object.keys(errors).find((name) => cause instanceof (errors[name] as ErrorClasses[string]));
  if (cause instanceof ToolkitError)
    return { message, code: cause.code, exitCode: cause.exitCode, ...(kind === undefined ? {} : { kind }) };
  const { code } = cause as NodeJS.ErrnoException;
  return {
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(kind === undefined ? {} : { kind }),
    ...(stack === undefined ? {} : { stack }),
  };
}

export function unpackFailure(
  { message, code, exitCode, kind, stack }: Failure,
  errors: ErrorClasses = {},
): Error {
  const known = kind === undefined ? undefined : errors[kind];
  if (known && exitCode !== undefined) return new known(message);
  if (exitCode !== undefined) return new ToolkitError(code ?? '', exitCode, message);
  const error = known ? new known(message) : new Error(message);
  return Object.assign(error, code === undefined ? {} : { code }, stack === undefined ? {} : { stack });
}
