import { PassThrough, Writable } from 'node:stream';
import { Output } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import { Emitter, type EmitterParts } from '../../../packages/tap-webhooks/dist/emit/emitter.js';
import { streamSource } from '../../../packages/tap-webhooks/dist/emit/selection.js';
import type { InboxWriter } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { bookmarkAt, memoryInbox, rules, take } from '../../helpers/memory-inbox.js';
import { until } from '../../helpers/until.js';

const never = new AbortController().signal;
const RARELY = {
  emitKey: 'integration',
  stateIntervalSeconds: 3600,
  stateIntervalRecords: 1_000_000,
} as const;

function emitterOf(reader: InboxWriter, parts: Partial<EmitterParts> = {}) {
  const sink = new PassThrough({ highWaterMark: 1 << 30 });
  const emitter = new Emitter({
    reader,
    out: new Output(sink),
    source: streamSource(reader, [], () => true, undefined),
    settings: RARELY,
    bookmarks: new Map(),
    ...parts,
  });
  let text = '';
  const lines = () => {
    text += sink.read() ?? '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  return { emitter, lines, short: () => lines().map(shortly) };
}

/** Returns a line as a few characters: `S shop`, `R shop 3`, `STATE shop 3 news 3`. */
function shortly(line: {
  type: string;
  stream: string;
  record: { _sdc_position: number };
  value: { bookmarks: { [stream: string]: { position: number } } };
}): string {
  const name = (stream: string) => stream.replace('-data', '');
  if (line.type === 'SCHEMA') return `S ${name(line.stream)}`;
  if (line.type === 'RECORD') return `R ${name(line.stream)} ${line.record._sdc_position}`;
  const places = Object.entries(line.value.bookmarks).map(
    ([stream, { position }]) => `${name(stream)} ${position}`,
  );
  return `STATE ${places.sort().join(' ')}`;
}

describe('draining', () => {
  it('merges the streams in position order, each SCHEMA before its first record, and ends with a STATE', async () => {
    const inbox = await memoryInbox('shop', 'news');
    await take(inbox, 'shop', { n: 1 }, { n: 2 });
    await take(inbox, 'news', { n: 3 });
    await take(inbox, 'shop', { n: 4 });
    const { emitter, short } = emitterOf(inbox, { settings: { ...RARELY, stateIntervalRecords: 3 } });
    await emitter.drain(never);
    expect(short()).toEqual([
      'S shop',
      'R shop 1',
      'R shop 2',
      'S news',
      'R news 3',
      'STATE news 3 shop 3',
      'R shop 4',
      'STATE news 4 shop 4',
    ]);
  });

  it('prints a new SCHEMA where a record needs it, and only there', async () => {
    const inbox = await memoryInbox('shop');
    const { emitter, short, lines } = emitterOf(inbox);
    await take(inbox, 'shop', { n: 1 });
    await emitter.drain(never);
    await take(inbox, 'shop', { n: 2, more: 'x' }, { n: 3 });
    await emitter.drain(never);
    expect(short()).toEqual([
      ...['S shop', 'R shop 1', 'STATE shop 1'],
      ...['S shop', 'R shop 2', 'R shop 3', 'STATE shop 3'],
    ]);
    const [first, second] = lines().filter(({ type }) => type === 'SCHEMA');
    expect(first.schema.properties).not.toHaveProperty('more');
    expect(second.schema.properties).toHaveProperty('more');
  });

  it('prints one SCHEMA for all events of an epoch, though each of them adds a column', async () => {
    const inbox = await memoryInbox('shop');
    for (let n = 0; n < 50; n += 1) await take(inbox, 'shop', { [`column_${n}`]: n });
    const { emitter, lines } = emitterOf(inbox);
    await emitter.drain(never);
    const schemas = lines().filter(({ type }) => type === 'SCHEMA');
    expect(schemas).toHaveLength(1);
    expect(schemas[0].schema.properties).toHaveProperty('column_49');
    expect(lines().filter(({ type }) => type === 'RECORD')).toHaveLength(50);
  });

  it('prints a value without a type where the SCHEMA takes it, once its name has a column', async () => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { a: {}, l: [] }, { a: 'text', l: 1 }, { a: {}, l: [] });
    const { emitter, lines } = emitterOf(inbox);
    await emitter.drain(never);
    const records = lines().flatMap(({ type, record }) => (type === 'RECORD' ? [record] : []));
    expect(records).toMatchObject([
      { a__re: {}, l__ar: [] },
      { a: 'text', l: 1 },
      { a__re: {}, l__ar: [] },
    ]);
    expect(records[0]).not.toHaveProperty('a');
  });

  it('prints each row under the key of its time, though another one is configured now', async () => {
    const inbox = await memoryInbox('shop');
    const withKey = { ...rules('shop'), keyProperties: ['id'] };
    await inbox.setRules([withKey]);
    await take(inbox, 'shop', { id: 1, a: [] }, { id: 2, more: 1 });
    await inbox.setRules([rules('shop')]);
    await take(inbox, 'shop', { n: 3 }, { a: 'text' });
    await inbox.setRules([withKey]);
    await take(inbox, 'shop', { id: 4 });
    const { emitter, short, lines } = emitterOf(inbox);
    await emitter.drain(never);
    expect(short()).toEqual([
      ...['S shop', 'R shop 1', 'R shop 2'],
      ...['S shop', 'R shop 3', 'R shop 4'],
      ...['S shop', 'R shop 5', 'STATE shop 5'],
    ]);
    const schemas = lines().filter(({ type }) => type === 'SCHEMA');
    expect(schemas.map(({ key_properties }) => key_properties)).toEqual([
      ['id'],
      ['__sdc_primary_key'],
      ['id'],
    ]);
    expect(schemas[0].schema.properties).not.toHaveProperty('a');
    expect(lines().find(({ type }) => type === 'RECORD').record).toMatchObject({ id: 1, a: [] });
  });

  it('prints nothing for an inbox without events', async () => {
    const { emitter, lines } = emitterOf(await memoryInbox('shop'));
    await emitter.drain(never);
    expect(lines()).toEqual([]);
  });

  it('begins after the bookmark, which it prints first', async () => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { n: 1 }, { n: 2 }, { n: 3 });
    const bookmarks = new Map([['shop-data', await bookmarkAt(inbox, 2)]]);
    const { emitter, short } = emitterOf(inbox, { bookmarks });
    await emitter.drain(never);
    expect(short()).toEqual(['STATE shop 2', 'S shop', 'R shop 3', 'STATE shop 3']);
  });

  it('continues a parked stream without repeating the others', async () => {
    const inbox = await memoryInbox('shop', 'news');
    await take(inbox, 'shop', { n: 1 });
    await take(inbox, 'news', { n: 2 }, { n: 3 });
    const bookmarks = new Map([
      ['shop-data', await bookmarkAt(inbox, 3)],
      ['news-data', await bookmarkAt(inbox, 1)],
    ]);
    const settings = { ...RARELY, stateIntervalRecords: 1 };
    const { emitter, short } = emitterOf(inbox, { bookmarks, settings });
    await emitter.drain(never);
    expect(short()).toEqual([
      'STATE news 1 shop 3',
      'S news',
      'R news 2',
      'STATE news 2 shop 3',
      'R news 3',
      'STATE news 3 shop 3',
    ]);
  });

  it('bookmarks each position with the check of its event', async () => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { n: 1 }, { n: 2 });
    const { emitter, lines } = emitterOf(inbox);
    await emitter.drain(never);
    expect(lines().at(-1).value).toEqual({ bookmarks: { 'shop-data': await bookmarkAt(inbox, 2) } });
  });

  it('ends at the newest position seen at its start, whatever arrives meanwhile', async () => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { n: 1 }, { n: 2 });
    const source = streamSource(inbox, [], () => true, undefined);
    const busy = {
      ...source,
      streams: async () => {
        await take(inbox, 'shop', { n: 3 });
        return source.streams();
      },
    };
    const { emitter, short } = emitterOf(inbox, { source: busy });
    await emitter.drain(never);
    expect(short()).toEqual(['S shop', 'R shop 1', 'R shop 2', 'STATE shop 2']);
  });
});

describe('following', () => {
  it('emits new events, also of a stream that was configured meanwhile', async () => {
    const inbox = await memoryInbox('shop');
    const stop = new AbortController();
    const { emitter, short } = emitterOf(inbox, { settings: { ...RARELY, stateIntervalSeconds: 0 } });
    const done = emitter.follow(stop.signal);
    await take(inbox, 'shop', { n: 1 });
    await until(() => short().includes('STATE shop 1'), 'the first record and its STATE');
    await inbox.setRules([rules('shop'), rules('late')]);
    await take(inbox, 'late', { n: 2 });
    await until(() => short().includes('STATE late 2 shop 2'), 'the record of the new stream');
    stop.abort();
    await done;
    expect(short()).toEqual([
      'S shop',
      'R shop 1',
      'STATE shop 1',
      'S late',
      'R late 2',
      'STATE late 2 shop 2',
    ]);
  });

  it('prints at most one SCHEMA of a stream for all events that it reads at once', async () => {
    const inbox = await memoryInbox('shop');
    const stop = new AbortController();
    const { emitter, short } = emitterOf(inbox);
    for (let n = 0; n < 1500; n += 1) await take(inbox, 'shop', { [`column_${n % 900}`]: n });
    const done = emitter.follow(stop.signal);
    await until(() => short().includes('R shop 1500'), 'what was there at first');
    for (let n = 0; n < 10; n += 1) await take(inbox, 'shop', { [`later_${n}`]: n });
    await until(() => short().includes('R shop 1510'), 'what came later');
    stop.abort();
    await done;
    const schemas = short().flatMap((line, at) => (line === 'S shop' ? [at] : []));
    expect(schemas[0]).toBe(0);
    expect(schemas[1]).toBe(
      1501 +
        short()
          .slice(0, 1502)
          .filter((line) => line.startsWith('STATE')).length,
    );
    expect(schemas.length).toBeLessThanOrEqual(11);
  });

  it('prints a STATE at the interval once it has caught up', async () => {
    const inbox = await memoryInbox('shop');
    const stop = new AbortController();
    const bookmarks = new Map<string, Awaited<ReturnType<typeof bookmarkAt>>>();
    await take(inbox, 'shop', { n: 1 });
    bookmarks.set('shop-data', await bookmarkAt(inbox, 1));
    const settings = { ...RARELY, stateIntervalSeconds: 0.3 };
    const { emitter, short } = emitterOf(inbox, { bookmarks, settings });
    const done = emitter.follow(stop.signal);
    await take(inbox, 'shop', { n: 2 });
    await until(() => short().includes('STATE shop 2'), 'a STATE without another record');
    stop.abort();
    await done;
    expect(short()).toEqual(['STATE shop 1', 'S shop', 'R shop 2', 'STATE shop 2']);
  });

  it('prints the last STATE when it is stopped', async () => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { n: 1 });
    const bookmarks = new Map([['shop-data', await bookmarkAt(inbox, 1)]]);
    await take(inbox, 'shop', { n: 2 });
    const stop = new AbortController();
    const { emitter, short } = emitterOf(inbox, { bookmarks });
    const done = emitter.follow(stop.signal);
    await until(() => short().includes('R shop 2'), 'the record');
    stop.abort();
    await done;
    expect(short().at(-1)).toBe('STATE shop 2');
  });

  it('waits for a slow reader instead of filling memory', async () => {
    const inbox = await memoryInbox('shop');
    const text = 'x'.repeat(10_000);
    await take(inbox, 'shop', ...Array.from({ length: 500 }, (_, n) => ({ n, text })));
    let release: (() => void) | undefined;
    const slow = new Writable({
      write(_chunk, _encoding, done) {
        release = done;
      },
    });
    const { emitter } = emitterOf(inbox, { out: new Output(slow) });
    const done = emitter.drain(never);
    await until(() => slow.writableNeedDrain, 'the output to be full');
    await new Promise((resolve) => setImmediate(resolve));
    expect(emitter.emitted).toBeLessThan(20);
    expect(slow.writableLength).toBeLessThan(200_000);
    const pump = setInterval(() => release?.(), 0);
    await done;
    clearInterval(pump);
    expect(emitter.emitted).toBe(500);
  });

  it('ends with exit 6 when the reader is gone, also while idle', async () => {
    const sink = new PassThrough();
    const { emitter } = emitterOf(await memoryInbox('shop'), { out: new Output(sink) });
    const done = emitter.follow(never);
    sink.destroy();
    await expect(done).rejects.toMatchObject({ code: 'pipe_closed', exitCode: 6 });
  });
});

describe('an inbox that changes under a pipe', () => {
  const misfit = { code: 'state_misfit', exitCode: 5 };

  /** A reader of one inbox, until it is told to read another one. Both have the same id. */
  function replaceable(first: InboxWriter, other: InboxWriter) {
    let inbox = first;
    const reader = new Proxy(first, {
      get(_, name: keyof InboxWriter) {
        const at = name === 'incarnations' ? first : inbox;
        const member = at[name];
        return typeof member === 'function' ? member.bind(at) : member;
      },
    });
    return {
      reader,
      replace: () => {
        inbox = other;
      },
    };
  }

  it('ends it when another event has the position that was emitted last', async () => {
    const [inbox, copy] = [await memoryInbox('shop'), await memoryInbox('shop')];
    await take(inbox, 'shop', { n: 1 }, { n: 2 });
    await take(copy, 'shop', { n: 1 }, { n: 'new' }, { n: 'newer' });
    const { reader, replace } = replaceable(inbox, copy);
    const { emitter, short } = emitterOf(reader);
    const followed = emitter.follow(never);
    await until(() => short().includes('R shop 2'), 'the second event');
    replace();
    await take(inbox, 'shop', { n: 3 });
    await expect(followed).rejects.toMatchObject(misfit);
    expect(short()).not.toContain('R shop 3');
  });

  it('ends it when it goes on after a bookmark that the inbox does not reach any more', async () => {
    const [inbox, copy] = [await memoryInbox('shop'), await memoryInbox('shop')];
    await take(inbox, 'shop', { n: 1 }, { n: 2 });
    await take(copy, 'shop', { n: 1 });
    const { reader, replace } = replaceable(inbox, copy);
    const bookmarks = new Map([['shop-data', await bookmarkAt(inbox, 2)]]);
    replace();
    await expect(emitterOf(reader, { bookmarks }).emitter.drain(never)).rejects.toMatchObject(misfit);
  });

  it('ends it when the inbox is renewed', async () => {
    const inbox = await memoryInbox('shop');
    await take(inbox, 'shop', { n: 1 });
    const { emitter, short } = emitterOf(inbox);
    const followed = emitter.follow(never);
    await until(() => short().includes('R shop 1'), 'the first event');
    await inbox.renew(0);
    await take(inbox, 'shop', { n: 2 });
    await expect(followed).rejects.toMatchObject(misfit);
  });
});
