import { MOST_EVENTS } from './decode.js';
import { type Finding, Findings, type SetAside } from './findings.js';
import type { Delivery, FittedBody, IntegrationRules, Outcome, StreamSchema } from './inbox.js';
import { malformed } from './judge.js';
import {
  type FittedEvent,
  type FittedText,
  type PreparedDelivery,
  type PreparedEvent,
  prepare,
} from './prepare.js';
import { Shapes } from './shapes.js';

/**
 * Decodes a large body and fits its events into the columns of their stream, as judging does, but without the store: what is
 * left to the writer is to look for retries and to give numbers. It can run in any thread.
 * @param stored the newest schema of the stream. When the schema changes before the body is recorded, the body must be fitted
 * again.
 * @returns the outcome when nothing of the body is kept.
 */
export function fitBody(
  delivery: Delivery,
  rules: IntegrationRules,
  stored: StreamSchema | undefined,
): FittedBody | Outcome {
  const [prepared] = prepare([delivery], new Map([[rules.name, rules]])).deliveries;
  switch (prepared?.kind) {
    case 'malformed':
      return malformed(prepared);
    case 'too_many_events':
      return { kind: 'too_many_events', most: MOST_EVENTS };
    case 'unreadable':
      return pack(stored, { unreadable: prepared.reason, retryKey: prepared.retryKey, events: [] }, []);
    case 'readable':
      return fitEvents(prepared, stored);
    default:
      throw new Error('the rules are those of the delivery');
  }
}

function fitEvents(
  prepared: PreparedDelivery & { kind: 'readable' },
  stored: StreamSchema | undefined,
): FittedBody {
  const setAside: SetAside = new Map();
  const known = { schemas: new Map(stored ? [[stored.stream, stored]] : []), retryKeys: new Set<never>() };
  const { findings, schemas: grown } = new Findings(known, [prepared], new Shapes(), setAside);
  const defect = setAside.get(prepared);
  if (defect !== undefined) return pack(stored, { unreadable: defect, events: [] }, []);
  const rows: Uint8Array[] = [];
  const events = prepared.events.map((event, index) =>
    fittedEvent(event, findings[0]?.[index] as Finding, rows),
  );
  const decoded = prepared.decoded === undefined ? undefined : new TextEncoder().encode(prepared.decoded);
  return pack(stored, { events, ...(grown[0] && { schema: grown[0] }) }, rows, decoded);
}

/** @param rows gets the row, if the event is one. */
function fittedEvent(
  { element, ...prepared }: PreparedEvent,
  finding: Finding,
  rows: Uint8Array[],
): FittedEvent {
  const { start, end } = element;
  switch (finding.kind) {
    case 'row': {
      const row = Buffer.from(finding.row);
      rows.push(row);
      return { start, end, prepared, found: { kind: 'row', bytes: row.length } };
    }
    case 'quarantined':
      return { start, end, prepared, found: { kind: 'quarantined', reason: finding.reason } };
    default:
      return { start, end, prepared, found: finding };
  }
}

function pack(
  stored: StreamSchema | undefined,
  text: FittedText,
  rows: readonly Uint8Array[],
  decoded?: Uint8Array,
): FittedBody {
  const joined = new Uint8Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    joined.set(row, at);
    at += row.length;
  }
  const version = stored?.version ?? 0;
  return { kind: 'fitted', version, text: JSON.stringify(text), rows: joined, ...(decoded && { decoded }) };
}
