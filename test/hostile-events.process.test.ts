import { LIMIT, nesting, parseMessage, type RecordMessage } from '@tap-webhooks/singer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboxWriter } from '../packages/tap-webhooks/dist/inbox/inbox.js';
import { canonicalText } from './conformance/rows.js';
import { DESTINATIONS, emitted, load, positionOf } from './helpers/destinations.js';
import { hostileBodies } from './helpers/hostile-events.js';
import { memoryInbox, rules } from './helpers/memory-inbox.js';

/** Another seed: `HOSTILE_SEED=5 HOSTILE_RUNS=100 npx vitest …`. */
const SEED = Number(process.env.HOSTILE_SEED ?? 20_261_130);
const RUNS = process.env.HOSTILE_RUNS;

describe.each(DESTINATIONS)('hostile events through the tap and $name', ({ runs: few, make }) => {
  it('are all in the table or in the quarantine, and keep no other stream from being loaded', async () => {
    const property = fc.asyncProperty(hostileBodies(), async (bodies) => {
      const inbox = await memoryInbox();
      await inbox.setRules([{ ...rules('evil'), maxMapKeys: 100 }, rules('good')]);
      const counts = await post(inbox, bodies);
      const text = await emitted(inbox);
      expect(linesOverLimit(text)).toEqual([]);
      const destination = await make();
      expect(await load(destination, text)).toEqual({ code: 0, errors: [] });

      const sent = recordsIn(text, 'evil-data');
      expect(sent).toHaveLength(counts.stored);
      expect((await inbox.totals()).quarantined).toBe(counts.quarantined);
      expect(destination.positions('evil', '_sdc_rejected')).toEqual([]);
      expect(destination.positions('evil', 'data').sort(byNumber)).toEqual(sent.map(positionOf));
      expect(destination.positions('good', 'data')).toHaveLength(bodies.length);
      if (destination.texts) expect(destination.texts('evil')).toEqual(sent.map(canonicalText));
    });
    const runs = await fc.check(property, { seed: SEED, numRuns: Number(RUNS ?? few), endOnFailure: true });
    // the counterexample itself would fill the screen
    if (runs.failed)
      throw new Error(`seed ${SEED}, run ${runs.counterexamplePath}`, { cause: runs.errorInstance });
  });
});

/** Posts the bodies as an attacker would, and a usual event after each. @returns how many events became what. */
async function post(
  inbox: InboxWriter,
  bodies: readonly string[],
): Promise<{ stored: number; quarantined: number }> {
  const counts = { stored: 0, quarantined: 0 };
  for (const [index, body] of bodies.entries()) {
    const verdict = await inbox.append({ integration: 'evil', receivedAt: index, body: Buffer.from(body) });
    if (verdict.kind !== 'taken') throw new Error(`not taken: ${JSON.stringify(verdict)}`);
    counts.stored += verdict.stored;
    counts.quarantined += verdict.quarantined;
    await inbox.append({ integration: 'good', receivedAt: index, body: Buffer.from(`{"n":${index}}`) });
  }
  return counts;
}

/** Returns the beginnings of lines that a target need not take. */
function linesOverLimit(text: string): string[] {
  const isOver = (line: string) => {
    const bytes = Buffer.byteLength(line);
    if (!line.startsWith('{"type":"SCHEMA"'))
      return bytes > LIMIT.lineBytes || nesting(line) > LIMIT.eventLevels + 2;
    return bytes > LIMIT.schemaLineBytes || nesting(line) > LIMIT.schemaLevels + 1;
  };
  return text.split('\n').flatMap((line) => (isOver(line) ? [line.slice(0, 100)] : []));
}

function recordsIn(text: string, stream: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`{"type":"RECORD","stream":"${stream}"`))
    .map((line, index) => (parseMessage(line, index) as RecordMessage).recordText);
}

function byNumber(a: number, b: number): number {
  return a - b;
}
