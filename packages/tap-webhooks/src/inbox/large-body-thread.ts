// The thread that decodes and fits large bodies, so that the commits of other senders go on meanwhile.
import { serveThread, Transfer } from '@tap-webhooks/singer/serve-thread';
import { fitBody } from './fit-body.js';
import type { Delivery, FittedBody, IntegrationRules, Outcome, StreamSchema } from './inbox.js';

/** What the thread serves. */
export class LargeBodyFitter {
  fit(
    delivery: Delivery,
    rules: IntegrationRules,
    stored: StreamSchema | undefined,
  ): Transfer<FittedBody | Outcome> {
    const fitted = fitBody(delivery, rules, stored);
    return new Transfer(fitted, fitted.kind === 'fitted' ? memoryOfFitted(fitted) : []);
  }
}

function memoryOfFitted({ rows, decoded }: FittedBody): ArrayBuffer[] {
  return [rows, ...(decoded ? [decoded] : [])].map(({ buffer }) => buffer as ArrayBuffer);
}

serveThread(() => new LargeBodyFitter());
