import { describe } from 'vitest';
import { testConsumers } from './inbox/consumers.js';
import { testDeliveries } from './inbox/deliveries.js';
import { testIds } from './inbox/ids.js';
import { testIsolation } from './inbox/isolation.js';
import { testJudgement } from './inbox/judgement.js';
import { testLossless } from './inbox/lossless.js';
import { testOpening } from './inbox/opening.js';
import { testRandomEvents } from './inbox/random-events.js';
import { testReading } from './inbox/reading.js';
import { testRefusals } from './inbox/refusals.js';
import { testSchemas } from './inbox/schemas.js';
import { testSequence } from './inbox/sequence.js';
import type { InboxSubject } from './inbox/subject.js';
import { testTokens } from './inbox/tokens.js';
import { testTrimming } from './inbox/trimming.js';

/** What every driver of the inbox must do: the contract in `inbox.ts`, `consumer.ts` and `driver.ts`. */
export function testInbox(subject: InboxSubject): void {
  describe(`inbox: ${subject.name}`, () => {
    testJudgement(subject);
    testLossless(subject);
    testIsolation(subject);
    testReading(subject);
    testDeliveries(subject);
    testIds(subject);
    testSequence(subject);
    testSchemas(subject);
    testRandomEvents(subject);
    testTrimming(subject);
    testTokens(subject);
    testRefusals(subject);
    testConsumers(subject);
    testOpening(subject);
  });
}
