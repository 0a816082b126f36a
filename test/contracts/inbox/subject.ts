import { expect, onTestFinished } from 'vitest';
import type { InboxDriver } from '../../../packages/tap-webhooks/dist/inbox/driver.js';
import type {
  Delivery,
  Entry,
  InboxReader,
  InboxWriter,
  IntegrationRules,
  TrimRequest,
  Verdict,
} from '../../../packages/tap-webhooks/dist/inbox/inbox.js';

/** A driver of the inbox, with what its contract suite needs. */
export interface InboxSubject {
  readonly name: string;
  /** Returns a driver of an inbox that does not exist yet. */
  driver(): InboxDriver;
}

export interface OpenInbox {
  readonly driver: InboxDriver;
  readonly inbox: InboxWriter;
  /** Closes the inbox and opens it again, as a restart of the receiver does. */
  reopen(): Promise<InboxWriter>;
}

/** 2026-01-01T00:00:00.000Z */
export const NOW = 1_767_225_600_000;
/** Limits that read everything. */
export const ALL = Number.MAX_SAFE_INTEGER;

/** An integration `web` of the generic kind, with stream `web-data`: no key, no delivery id, schema inferred. */
export function rules(more: Partial<IntegrationRules> = {}): IntegrationRules {
  const name = more.name ?? 'web';
  return { name, stream: `${name}-data`, keyProperties: [], ...more };
}

/** Returns a new inbox with these rules, which is closed when the running test ends. */
export async function openWith(subject: InboxSubject, ...all: IntegrationRules[]): Promise<OpenInbox> {
  const driver = subject.driver();
  let inbox = await driver.writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules(all.length > 0 ? all : [rules()]);
  return {
    driver,
    inbox,
    async reopen() {
      await inbox.close();
      inbox = await driver.writer();
      return inbox;
    },
  };
}

/** Sends a body to the inbox: text and bytes as they are, anything else as JSON. Resolves to the verdict. */
export function append(
  inbox: InboxWriter,
  body: unknown,
  more: Partial<Omit<Delivery, 'body'>> = {},
): Promise<Verdict> {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(textOf(body));
  return inbox.append({ integration: 'web', receivedAt: NOW, ...more, body: bytes });
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** Returns the verdict of a delivery that was taken. */
export function taken(counts: Partial<Omit<Verdict & { kind: 'taken' }, 'kind'>> = {}): Verdict {
  const why = counts.quarantined ? { reasons: expect.any(Object) } : {};
  return { kind: 'taken', stored: 0, duplicate: 0, filtered: 0, quarantined: 0, ...why, ...counts };
}

/** Returns every kept row of a stream. */
export function entriesOf(inbox: InboxReader, stream = 'web-data', after = 0): Promise<Entry[]> {
  return inbox.read({ after: { [stream]: after }, through: ALL, limit: ALL, limitBytes: ALL });
}

/** Returns the rows alone, without the keys that were generated for them. */
export async function rowsOf(inbox: InboxReader, stream?: string): Promise<string[]> {
  return (await entriesOf(inbox, stream)).map(({ row }) => withoutGeneratedKey(row));
}

function withoutGeneratedKey(row: string): string {
  return row.replace(/,?"__sdc_primary_key":"[0-9a-f-]{36}"\}$/, '}');
}

/** Trims piece by piece until nothing more can be deleted. Streams that are not named are kept. */
export async function trimAll(inbox: InboxWriter, request: Partial<TrimRequest>): Promise<void> {
  const whole = { confirmed: {}, checksFrom: 0, receivedBefore: ALL, deliveriesBefore: 0, ...request };
  while (await inbox.trim(whole));
}
