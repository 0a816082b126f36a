import type { Call, MethodName } from '@tap-webhooks/singer/worker';

/** The methods of `M`, each of which calls another place. */
export type Remote<M> = {
  readonly [K in MethodName<M>]: M[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<R>
    : never;
};

/**
 * Returns an object with the methods of `M`, which are run elsewhere: in a thread, or on a handle that is opened first. So they
 * are written once, in the class that does the work.
 * @param type the class that does the work, or one that it extends.
 * @param call runs one method there.
 */
export function remote<M extends object>(type: { readonly prototype: M }, call: Call<M>): Remote<M> {
  const methods = new Set<string>();
  for (let at: object = type.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) methods.add(name);
  methods.delete('constructor');
  methods.delete('close');
  const callAny = call as unknown as (method: string, args: readonly unknown[]) => Promise<unknown>;
  const calls = [...methods].map((name) => [name, (...args: unknown[]) => callAny(name, args)]);
  return Object.fromEntries(calls) as Remote<M>;
}
