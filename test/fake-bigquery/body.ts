import type { Call } from './context.js';
import { invalid } from './refusal.js';

/** Thrown when the connection broke in the middle of a request, by the client or by a fault. */
export class Cut extends Error {}

/** Yields the body as it arrives, up to where a fault cuts it. */
export async function* bodyOf({ message, fault }: Call): AsyncGenerator<Buffer> {
  let left = fault?.do === 'cut' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  try {
    for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const taken = chunk.subarray(0, Math.min(chunk.length, left));
      left -= taken.length;
      if (taken.length > 0) yield taken;
      if (left === 0) throw new Cut();
    }
  } catch {
    throw new Cut();
  }
  if (fault?.do === 'cut') throw new Cut();
}

/** Reads the body as a JSON object. @throws Refusal 400 for anything else. */
export async function jsonBody(call: Call): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyOf(call)) chunks.push(chunk);
  const body = parseObject(Buffer.concat(chunks).toString());
  call.request.body = body;
  return body;
}

export function parseObject(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text === '' ? '{}' : text);
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // told below
  }
  throw invalid('Invalid JSON payload received.');
}
