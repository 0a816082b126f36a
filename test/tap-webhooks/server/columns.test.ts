import { describe, expect, it } from 'vitest';
import { streamFormat } from '../../../packages/tap-webhooks/dist/emit/stream-format.js';
import { payload, startReceiver } from './receiver.js';

const SETTINGS = {
  delivery_id: [{ header: 'x-id' }, { body: 'id' }],
  event_type: { header: 'x-topic' },
  event_time: [{ header: 'x-time' }, { body: 'created' }],
  columns: ['event_id', 'event_type', 'event_time', { header: 'x-shop' }, { query: 'source' }],
};

function startShop(settings: object = SETTINGS) {
  return startReceiver({ integrations: [{ name: 'shop', provider: 'webhooks', ...settings }] });
}

describe('columns by choice', () => {
  it('hold the id, type and time of the event, headers and the query', async () => {
    const receiver = await startShop();
    const headers = {
      'x-id': 'd1',
      'x-topic': 'orders/create',
      'x-shop': Buffer.from('é').toString('latin1'),
      cookie: 'a=b',
    };
    const path = `${receiver.path()}?source=a%20b?c&token=secret`;
    const body = Buffer.from('{"id":5,"created":1732186784}'); // with a text, Node would send the headers in UTF-8
    expect((await receiver.post(body, headers, path)).status).toBe(200);
    expect((await receiver.rows()).map(payload)).toEqual([
      {
        id: 5,
        created: 1732186784,
        _sdc_event_id: '["d1","5"]',
        _sdc_event_type: 'orders/create',
        _sdc_event_time: '2024-11-21T10:59:44.000Z',
        _sdc_header_x_shop: 'é',
        _sdc_query_source: 'a b?c',
      },
    ]);
  });

  it('are null where there is nothing, and cannot be written by a sender', async () => {
    const receiver = await startShop();
    expect((await receiver.post('{"_sdc_event_id":"forged","_sdc_query_source":1}')).status).toBe(200);
    expect((await receiver.post('{}')).status).toBe(200);
    const none = {
      _sdc_event_id: null,
      _sdc_event_type: null,
      _sdc_event_time: null,
      _sdc_header_x_shop: null,
      _sdc_query_source: null,
    };
    expect((await receiver.rows()).map(payload)).toEqual([
      { x_sdc_event_id: 'forged', x_sdc_query_source: 1, ...none },
      none,
    ]);
  });

  it('are in the SCHEMA as nullable texts, the time as a timestamp, from the first event on', async () => {
    const receiver = await startShop();
    const columns = {
      _sdc_event_id: { type: ['null', 'string'] },
      _sdc_event_type: { type: ['null', 'string'] },
      _sdc_event_time: { type: ['null', 'string'], format: 'date-time' },
      _sdc_header_x_shop: { type: ['null', 'string'] },
      _sdc_query_source: { type: ['null', 'string'] },
    };
    for (const body of [undefined, '{"a":1}', '{"b":1}']) {
      if (body !== undefined) await receiver.post(body);
      const [stored] = await receiver.inbox.schemas();
      if (!stored) throw new Error('the stream has a schema');
      expect(stored.schema.properties).toMatchObject(columns);
      expect(streamFormat(stored, 'integration').schema.properties).toMatchObject(columns);
    }
  });

  it('stay in the SCHEMA when they are no longer asked for, and later events lack them', async () => {
    const receiver = await startShop({ columns: ['event_type'], event_type: { body: 'type' } });
    await receiver.post('{"type":"a"}');
    const [before] = await receiver.inbox.schemas();
    await receiver.inbox.setRules([{ name: 'shop', stream: 'shop-data', keyProperties: [] }]);
    await receiver.post('{"type":"b"}');
    const [after] = await receiver.inbox.schemas();
    expect(after).toEqual(before);
    expect((await receiver.rows()).map(payload)).toEqual([
      { type: 'a', _sdc_event_type: 'a' },
      { type: 'b' },
    ]);
  });

  it('begin with the first event after they were asked for', async () => {
    const receiver = await startShop({});
    await receiver.post('{"a":1}');
    const columns = [{ name: '_sdc_event_id', from: 'event_id' as const }];
    await receiver.inbox.setRules([{ name: 'shop', stream: 'shop-data', keyProperties: [], columns }]);
    await receiver.post('{"a":2}');
    expect((await receiver.rows()).map(payload)).toEqual([{ a: 1 }, { a: 2, _sdc_event_id: null }]);
    const [stored] = await receiver.inbox.schemas();
    expect(Object.keys(stored?.schema.properties as object)).toEqual(['a', '_sdc_event_id']);
  });

  it('hold at most 1,024 characters', async () => {
    const receiver = await startShop({ columns: ['event_id'], delivery_id: { body: 'id' } });
    await receiver.post(JSON.stringify({ id: 'x'.repeat(2000) }));
    expect((await receiver.rows()).map(payload)).toEqual([
      { id: 'x'.repeat(2000), _sdc_event_id: 'x'.repeat(1024) },
    ]);
  });
});

describe('an id and a type', () => {
  it('are found in the first place that has one, in headers and in the body', async () => {
    const receiver = await startShop({
      event_type: [{ header: 'x-topic' }, { body: 'type' }],
      events: ['a'],
    });
    const counts = async (body: string, headers = {}) =>
      JSON.parse((await receiver.post(body, headers)).text);
    expect(await counts('{}', { 'x-topic': 'a' })).toMatchObject({ stored: 1 });
    expect(await counts('{"type":"a"}')).toMatchObject({ stored: 1 });
    expect(await counts('{"type":"a"}', { 'x-topic': 'b' })).toMatchObject({ filtered: 1 });
    expect(await counts('{}')).toMatchObject({ filtered: 1 });
  });

  it('an id in a header and the body together recognises a retry', async () => {
    const receiver = await startShop();
    const counts = async (body: string, id: string) =>
      JSON.parse((await receiver.post(body, { 'X-Id': id })).text);
    expect(await counts('{"id":1}', 'a')).toMatchObject({ stored: 1 });
    expect(await counts('{"id":1}', 'a')).toMatchObject({ duplicate: 1 });
    expect(await counts('{"id":1}', 'b')).toMatchObject({ stored: 1 });
  });

  it('an id alone recognises a retry with another content', async () => {
    const receiver = await startShop({ delivery_id: { body: 'eventId' }, dedupe_by: 'id' });
    const counts = async (body: string) => JSON.parse((await receiver.post(body)).text);
    expect(await counts('[{"eventId":1,"attemptNumber":0}]')).toMatchObject({ stored: 1 });
    expect(await counts('[{"eventId":1,"attemptNumber":1}]')).toMatchObject({ duplicate: 1 });
  });
});
