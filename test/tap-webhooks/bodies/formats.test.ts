import { describe, expect, it } from 'vitest';
import type { BodyRules } from '../../../packages/tap-webhooks/dist/bodies/body-rules.js';
import { decodeBody } from '../../../packages/tap-webhooks/dist/inbox/decode.js';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** Returns the texts of a body's events, or why there are none. */
function decoded(
  body: string | Uint8Array,
  contentType?: string,
  rules: BodyRules = {},
): readonly string[] | string {
  const sent = { body: Buffer.from(body as string), contentType };
  const found = decodeBody(sent, rules);
  if (found === 'too_many_events') return found;
  if ('malformed' in found) return found.malformed;
  return found.events.map(({ text, start, end }) => text.slice(start, end));
}

describe('NDJSON', () => {
  it.each([
    ['two lines', '{"a":1}\n{"a":2}', ['{"a":1}', '{"a":2}']],
    ['CRLF, empty lines and an end', '\r\n{"a":1}\r\n\r\n{"a":2}\r\n', ['{"a":1}', '{"a":2}']],
    ['one line', '{"a":1}\n', ['{"a":1}']],
    ['a line that is an array', '[{"a":1},{"a":2}]\n{"a":3}\n[]', ['{"a":1}', '{"a":2}', '{"a":3}']],
    [
      'numbers that no double holds',
      '{"a":12345678901234567890}\n{"a":1e400}',
      ['{"a":12345678901234567890}', '{"a":1e400}'],
    ],
  ])('is read without a setting: %s', (_what, body, events) => {
    for (const type of [undefined, JSON_TYPE, 'application/x-ndjson', 'text/plain'])
      expect(decoded(body, type)).toEqual(events);
  });

  it('is read although it is declared as a form, as curl does by default', () => {
    expect(decoded('{"a":1}\n{"a":2}\n', FORM)).toEqual(['{"a":1}', '{"a":2}']);
    expect(decoded('{"a":1}\n{"a":2', FORM)).toBe(
      'its line 2 is not JSON: expected a comma or the end of the list at offset 6',
    );
  });

  it('names the line that is not JSON', () => {
    expect(decoded('{"a":1}\n{"a":2}\n{"a":}')).toBe('its line 3 is not JSON: expected a value at offset 5');
    expect(decoded('{"a":1}\n1],[2', 'application/x-ndjson')).toBe(
      'its line 2 is not JSON: expected the end of the text at offset 1',
    );
  });

  it('is not looked for when the format is set to JSON', () => {
    expect(decoded('{"a":1}\n{"a":2}', undefined, { format: 'json' })).toBe(
      'expected the end of the text at offset 8',
    );
  });

  it('has scalar lines only where the format says so', () => {
    expect(decoded('1\n2')).toBe('expected the end of the text at offset 2');
    expect(decoded('1\n2', undefined, { format: 'ndjson' })).toEqual(['1', '2']);
  });

  it('is refused with more than 10,000 events', () => {
    expect(decoded('{"a":1}\n'.repeat(10_000))).toHaveLength(10_000);
    expect(decoded('{"a":1}\n'.repeat(10_001))).toBe('too_many_events');
  });
});

describe('a form', () => {
  it('is an object of texts', () => {
    expect(decoded('MessageSid=SM1&NumMedia=0&Body=a+b%26c%3D%C3%A9&empty=&flag', FORM)).toEqual([
      '{"MessageSid":"SM1","NumMedia":"0","Body":"a b&c=é","empty":"","flag":""}',
    ]);
  });

  it('has an array where a field comes several times', () => {
    expect(decoded('a=1&b=2&a=3', FORM)).toEqual(['{"a":["1","3"],"b":"2"}']);
  });

  it.each([
    ['names that objects have', '__proto__=1&constructor=2', '{"__proto__":"1","constructor":"2"}'],
    ['brackets', 'user%5Bid%5D=5&a[]=1', '{"user[id]":"5","a[]":"1"}'],
    ['a percent sign that is no escape', 'a=100%&b=%zz&c=%4', '{"a":"100%","b":"%zz","c":"%4"}'],
    ['empty pairs and an end of line', '&&a=1&&\r\n', '{"a":"1"}'],
    ['a NUL', 'a=x%00y', '{"a":"x\\u0000y"}'],
    ['quotes and line breaks', 'a=%22%0A', '{"a":"\\"\\n"}'],
    ['an equals sign in the value', 'a=b=c', '{"a":"b=c"}'],
  ])('may have %s', (_what, body, event) => {
    expect(decoded(body, FORM)).toEqual([event]);
  });

  it('is decoded in the declared charset when its escapes are not UTF-8', () => {
    expect(decoded('name=Zo%EB', `${FORM}; charset=ISO-8859-1`)).toEqual(['{"name":"Zoë"}']);
    expect(decoded('name=Zo%EB', FORM)).toBe('a field of its form cannot be read: it is not UTF-8');
  });

  it('that is JSON is JSON, whatever is declared', () => {
    expect(decoded('{"a":1}', FORM)).toEqual(['{"a":1}']);
    expect(decoded(' [{"a":1},{"a":2}]', FORM)).toEqual(['{"a":1}', '{"a":2}']);
    expect(decoded('{"a":1}', 'multipart/form-data; boundary=x')).toEqual(['{"a":1}']);
  });

  it('that begins like JSON is a form', () => {
    expect(decoded('[0][a]=1', FORM)).toEqual(['{"[0][a]":"1"}']);
  });

  it('is read without its Content-Type when the format is set', () => {
    expect(decoded('a=1', undefined, { format: 'form' })).toEqual(['{"a":"1"}']);
    expect(decoded('a=1')).toBe('expected a value at offset 0');
  });

  it('holds JSON in a field', () => {
    const rules = { jsonField: 'payload' };
    expect(decoded(`payload=${encodeURIComponent('{"id":12345678901234567890}')}`, FORM, rules)).toEqual([
      '{"id":12345678901234567890}',
    ]);
    expect(decoded(`x=1&payload=${encodeURIComponent('[{"a":1},{"a":2}]')}`, FORM, rules)).toEqual([
      '{"a":1}',
      '{"a":2}',
    ]);
    expect(decoded('{"id":1}', JSON_TYPE, rules)).toEqual(['{"id":1}']);
  });

  it('without that field, or with something else in it, cannot be read', () => {
    const rules = { jsonField: 'payload' };
    expect(decoded('a=1', FORM, rules)).toBe('it is a form without the field that `json_field` names');
    expect(decoded('payload=%7B', FORM, rules)).toBe(
      'the field of its form that `json_field` names is not JSON: expected a member name at offset 1',
    );
    expect(decoded('', FORM)).toBe('it is a form without fields');
  });

  it('may have 100,000 fields, and is read in linear time', () => {
    const fields = Array.from({ length: 100_000 }, (_, index) => `f${index}=${index}`);
    const [event] = decoded(fields.join('&'), FORM) as string[];
    expect(event).toMatch(/^\{"f0":"0","f1":"1",.*"f99999":"99999"\}$/s);
    expect(decoded('a&'.repeat(5_000_000), FORM)).toBe('it is a form of more than 100000 fields');
  });
});

describe('a multipart form', () => {
  const type = 'multipart/form-data; boundary="b 1"';
  const part = (name: string, value: string, more = '') =>
    `--b 1\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;

  it('is an object of texts', () => {
    const body =
      `preamble\r\n${part('a', '1')}${part('b"c', '')}${part('a', 'x\r\n--b')}--b 1--\r\nepilogue`.replace(
        'b"c',
        'b%22c',
      );
    expect(decoded(body, type)).toEqual(['{"a":["1","x\\r\\n--b"],"b\\"c":""}']);
  });

  it('holds JSON in a field', () => {
    const body = `${part('payload', '{"n":1.10}')}--b 1--`;
    expect(decoded(body, type, { jsonField: 'payload' })).toEqual(['{"n":1.10}']);
  });

  it('is decoded in the charset of each part', () => {
    const head =
      '--b 1\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=windows-1252\r\n\r\n';
    const body = Buffer.from(`${head}5 \x80\r\n--b 1--`, 'latin1');
    expect(decoded(body, type)).toEqual(['{"a":"5 €"}']);
  });

  it('is refused when it holds a file', () => {
    const sentence = 'it holds a file, and only fields of a form are accepted';
    expect(decoded(`${part('a', '1')}${part('f', 'x', '; filename="a.png"')}--b 1--`, type)).toBe(sentence);
    expect(decoded(`${part('f', 'x', "; filename*=UTF-8''a")}--b 1--`, type)).toBe(sentence);
  });

  it.each([
    ['without an end', part('a', '1'), 'the last part of its form has no end'],
    ['cut off in a part', part('a', '1').slice(0, -4), 'the last part of its form has no end'],
    ['with another boundary', '--c\r\n\r\n', 'the boundary that its Content-Type names is not in it'],
    ['with a part without headers', '--b 1\r\nx\r\n--b 1--', 'a part of its form has no headers'],
    ['with a part without a name', '--b 1\r\na: b\r\n\r\nx\r\n--b 1--', 'a part of its form has no name'],
    ['with text after a boundary', '--b 1x\r\n\r\n\r\n--b 1--', 'something follows a boundary of its form'],
    ['without parts', '--b 1--', 'it is a form without fields'],
    ['that is empty', '', 'the boundary that its Content-Type names is not in it'],
  ])('cannot be read %s', (_what, body, sentence) => {
    expect(decoded(body, type)).toBe(sentence);
  });

  it('without a declared boundary begins with it', () => {
    expect(decoded(`${part('a', '1')}--b 1--`, 'multipart/form-data')).toEqual(['{"a":"1"}']);
    expect(decoded('a=1', 'multipart/form-data')).toBe(
      'its Content-Type names no boundary, and it does not begin with one',
    );
  });

  it('of 100,000 parts is read in linear time', () => {
    const body = part('a', '1').repeat(100_001);
    expect(decoded(`${body}--b 1--`, type)).toBe('it is a form of more than 100000 fields');
  });
});

describe('a charset', () => {
  it.each([
    ['iso-8859-1', 'Zo\xeb', 'Zoë'],
    ['windows-1252', '\x80 \x92', '€ ’'],
    ['"ISO-8859-15"', '\xa4', '€'],
    ['koi8-r', '\xc4\xc1', 'да'],
  ])('of one byte per character is decoded: %s', (charset, bytes, text) => {
    const body = Buffer.from(`{"name":"${bytes}"}`, 'latin1');
    expect(decoded(body, `${JSON_TYPE}; charset=${charset}`)).toEqual([`{"name":"${text}"}`]);
  });

  it('that is declared but was not used does no harm', () => {
    expect(decoded('{"name":"Zoë"}', `${JSON_TYPE}; charset=iso-8859-1`)).toEqual(['{"name":"Zoë"}']);
  });

  it('that is missing, unknown or of several bytes per character is not guessed', () => {
    const body = Buffer.from('{"name":"Zo\xeb"}', 'latin1');
    expect(decoded(body)).toBe('it is not UTF-8');
    expect(decoded(body, `${JSON_TYPE}; charset=utf-8`)).toBe('it is not UTF-8');
    expect(decoded(body, `${JSON_TYPE}; charset=nonsense`)).toBe('it is not UTF-8');
    expect(decoded(body, `${JSON_TYPE}; charset=shift_jis`)).toBe(
      'it is not UTF-8, and no charset with one byte per character is declared',
    );
  });

  it('UTF-16 is decoded, with and without a byte order mark', () => {
    const text = '{"name":"Zoë 😀"}';
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const body of [
      little,
      big,
      Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
    ])
      expect(decoded(body)).toEqual([text]);
  });

  it('UTF-16 that is damaged, and UTF-32, are refused', () => {
    expect(decoded(Buffer.from('{"a":"\ud800"}', 'utf16le'))).toBe('it is not valid utf-16le');
    expect(decoded(Buffer.from([0x7b, 0, 0, 0, 0x7d, 0, 0, 0]))).toBe('it is UTF-32: send UTF-8');
    expect(decoded(Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]))).toBe('it is UTF-32: send UTF-8');
    expect(decoded(Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x7b]))).toBe('it is UTF-32: send UTF-8');
  });
});

describe('unrolling', () => {
  const unroll = (path: string, copy: string[] = []): BodyRules => ({
    unroll: { path: path.split('.'), copy: copy.map((one) => one.split('.')) },
  });

  it('makes an event of each item of the array at a path', () => {
    const body = '{"object":"page","entry":[{"id":1,"n":1.0},{"id":2}]}';
    expect(decoded(body, undefined, unroll('entry'))).toEqual(['{"id":1,"n":1.0}', '{"id":2}']);
  });

  it('copies chosen values around the array into each', () => {
    const body =
      '{"object":"page","meta":{"shop":12345678901234567890},"data":{"items":[ {"id":1} , {} ,{"object":"own"}, 5]}}';
    expect(decoded(body, undefined, unroll('data.items', ['object', 'meta.shop', 'missing']))).toEqual([
      '{"id":1,"object":"page","shop":12345678901234567890}',
      '{"object":"page","shop":12345678901234567890}',
      '{"object":"own","envelope_object":"page","shop":12345678901234567890}',
      '5',
    ]);
  });

  it('leaves an event as it is when there is no array', () => {
    for (const body of ['{"a":1}', '{"entry":null}', '{"entry":{"a":1}}', '{"entry":"[1]"}'])
      expect(decoded(body, undefined, unroll('entry'))).toEqual([body]);
    expect(decoded('{"entry":[]}', undefined, unroll('entry'))).toEqual([]);
  });

  it('unrolls every event of an array body, of NDJSON and of a form', () => {
    const events = ['1', '2', '3'];
    expect(decoded('[{"e":[1,2]},{"e":[3]}]', undefined, unroll('e'))).toEqual(events);
    expect(decoded('{"e":[1,2]}\n{"e":[3]}', undefined, unroll('e'))).toEqual(events);
    const field = { ...unroll('e'), jsonField: 'p' };
    expect(decoded('p=%7B%22e%22%3A%5B1%2C2%2C3%5D%7D', FORM, field)).toEqual(events);
  });

  it('takes the last of two members with one name, as all of the tap does', () => {
    expect(decoded('{"e":[1],"\\u0065":[2]}', undefined, unroll('e'))).toEqual(['2']);
  });

  it('is limited in events and in what is copied', () => {
    expect(decoded(`{"e":[${'1,'.repeat(10_000)}1]}`, undefined, unroll('e'))).toBe('too_many_events');
    const wide = `{"x":"${'x'.repeat(100_000)}","e":[${'{},'.repeat(5000)}{}]}`;
    expect(decoded(wide, undefined, unroll('e', ['x']))).toBe(
      'its events would be too large together: let `unroll` copy less',
    );
  });

  it('is decoded at any depth', () => {
    const deep = `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},"e":[{"a":1}]}`;
    expect(decoded(deep, undefined, unroll('e'))).toEqual(['{"a":1}']);
  });
});
