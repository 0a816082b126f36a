import { describe, expect, it } from 'vitest';
import { LIMIT } from '../../../packages/singer/dist/index.js';
import { StreamShape } from '../../../packages/tap-webhooks/dist/columns/stream-shape.js';
import { streamFormat } from '../../../packages/tap-webhooks/dist/emit/stream-format.js';
import { columnsOf, fitInto, nullable, shapeOf } from './fitting.js';

/** `"<prefix>1":1,"<prefix>2":1,…` */
function many(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `"${prefix}${i + 1}":1`).join(',');
}

/** Returns an event that fills the stream up to its limit with objects, each of which counts twice. */
function fullStream(): string {
  const columnsEach = LIMIT.columnsPerObject + 2;
  const whole = Math.floor((LIMIT.columnsPerStream - 1) / columnsEach);
  const rest = (LIMIT.columnsPerStream - 1) % columnsEach;
  const objects = Array.from(
    { length: whole },
    (_, i) => `"o${i + 1}":{${many('a', LIMIT.columnsPerObject)}}`,
  );
  return `{${objects.join(',')},"last":{${many('a', rest - 2)}}}`;
}

function countColumns(schema: unknown): number {
  const { properties } = schema as { properties?: Record<string, unknown> };
  return Object.values(properties ?? {}).reduce<number>((sum, inner) => sum + 1 + countColumns(inner), 0);
}

describe('an object at its limit', () => {
  const full = () => {
    const shape = shapeOf();
    fitInto(shape, `{${many('a', LIMIT.columnsPerObject)}}`);
    return shape;
  };

  it('has as many columns as the limit', () => {
    const columns = columnsOf(full());
    expect(Object.keys(columns)).toHaveLength(LIMIT.columnsPerObject);
    expect(columns).not.toHaveProperty('_sdc_extra');
  });

  it('puts further members into _sdc_extra, as they were sent', () => {
    const shape = full();
    expect(fitInto(shape, '{"b":{ "_sdc":1e400},"a1":2,"c":"x","d":null,"e":[]}')).toEqual({
      row: '{"a1":2,"d":null,"e":[],"_sdc_extra":{"b":{"_sdc":1e400},"c":"x"}}',
      grew: true,
    });
    expect(columnsOf(shape)._sdc_extra).toEqual({});
    expect(fitInto(shape, '{"b":1}')).toEqual({ row: '{"_sdc_extra":{"b":1}}', grew: false });
  });

  it('has no room for split columns either', () => {
    expect(fitInto(full(), '{"a1":"x"}').row).toBe('{"_sdc_extra":{"a1":"x"}}');
  });

  it('still turns integers into numbers', () => {
    const shape = full();
    expect(fitInto(shape, '{"a1":1.5}').row).toBe('{"a1":1.5}');
    expect(columnsOf(shape).a1).toEqual(nullable('number'));
  });

  it('may be nested in another', () => {
    const shape = shapeOf();
    fitInto(shape, `{"o":{${many('a', LIMIT.columnsPerObject)}}}`);
    expect(fitInto(shape, '{"o":{"b":1},"b":1}').row).toBe('{"o":{"_sdc_extra":{"b":1}},"b":1}');
  });

  it('has room for a key property', () => {
    const shape = shapeOf(undefined, ['id']);
    expect(fitInto(shape, `{${many('a', LIMIT.columnsPerObject)},"id":7}`).row).toMatch(/,"a999":1,"_?/);
    expect(columnsOf(shape).id).toEqual(nullable('integer'));
    const known = full().save();
    const keyed = StreamShape.restore(known, undefined, ['id']);
    expect(fitInto(keyed, '{"b":1,"id":7}').row).toBe('{"id":7,"_sdc_extra":{"b":1}}');
  });

  it('has room for the columns of a given schema', () => {
    const properties = Object.fromEntries(
      Array.from({ length: LIMIT.columnsPerObject + 1 }, (_, i) => [`a${i + 1}`, { type: 'integer' }]),
    );
    const shape = shapeOf({ properties });
    expect(fitInto(shape, `{"a${LIMIT.columnsPerObject + 1}":1,"b":1}`).row).toBe(
      `{"a${LIMIT.columnsPerObject + 1}":1,"_sdc_extra":{"b":1}}`,
    );
  });

  it('is still at its limit after a restart', () => {
    const shape = full();
    fitInto(shape, '{"b":1}');
    expect(fitInto(StreamShape.restore(shape.save(), undefined, []), '{"c":1}')).toEqual({
      row: '{"_sdc_extra":{"c":1}}',
      grew: false,
    });
  });
});

describe('a stream at its limit', () => {
  it('puts further members into the _sdc_extra of their object', () => {
    const shape = shapeOf();
    fitInto(shape, fullStream());
    expect(fitInto(shape, '{"last":{"b":1},"c":[{"d":1}]}').row).toBe(
      '{"last":{"_sdc_extra":{"b":1}},"_sdc_extra":{"c":[{"d":1}]}}',
    );
  });

  it('never exceeds the limit, nested columns and _sdc_extra included', () => {
    const shape = shapeOf();
    for (let i = 0; i < 60; i += 1) {
      const objects = Array.from({ length: 100 }, (_, j) => `"o${i}_${j}":{"a":1}`);
      fitInto(shape, `{"p${i}":{${objects.join(',')}}}`);
    }
    for (let i = 0; i < 60; i += 1) {
      const objects = Array.from({ length: 100 }, (_, j) => `"o${i}_${j}":{"b":1,"c":[{"d":1}]}`);
      fitInto(shape, `{"p${i}":{${objects.join(',')}}}`);
    }
    const columns = countColumns(shape.save().schema);
    expect(columns).toBeLessThanOrEqual(LIMIT.columnsPerStream);
    expect(columns).toBeGreaterThan(LIMIT.columnsPerStream - 100);
  });
});

describe('a name at its limit', () => {
  it('of 1,024 bytes is a column, and a longer one travels in _sdc_extra', () => {
    const shape = shapeOf();
    const [fits, tooLong] = ['a'.repeat(1024), 'b'.repeat(1025)];
    expect(fitInto(shape, `{"${fits}":1,"${tooLong}":2,"o":{"${tooLong}":3}}`).row).toBe(
      `{"${fits}":1,"o":{"_sdc_extra":{"${tooLong}":3}},"_sdc_extra":{"${tooLong}":2}}`,
    );
    expect(Object.keys(columnsOf(shape))).toEqual([fits, 'o', '_sdc_extra']);
  });

  it('is counted in bytes of UTF-8, without escapes', () => {
    const shape = shapeOf();
    const [fits, tooLong] = [`${'é'.repeat(511)}ab`, `${'é'.repeat(512)}a`];
    const escaped = '\\u0001'.repeat(1024);
    fitInto(shape, `{"${fits}":1,"${tooLong}":2,"${escaped}":3}`);
    expect(Object.keys(columnsOf(shape))).toEqual([fits, '\u0001'.repeat(1024), '_sdc_extra']);
  });

  it('can be split, so that its column has a longer name', () => {
    const name = 'a'.repeat(1024);
    const shape = shapeOf();
    fitInto(shape, `{"${name}":1}`);
    expect(fitInto(shape, `{"${name}":"x"}`).row).toBe(`{"${name}__st":"x"}`);
  });
});

describe('a SCHEMA at its limit', () => {
  /** Returns the bytes of the SCHEMA line after the events, which must differ from one another. */
  function schemaBytes(events: number, event: (i: number) => string): number {
    const shape = shapeOf();
    for (let i = 0; i < events; i += 1) fitInto(shape, event(i));
    const { schema, splits } = shape.save();
    const stored = { stream: 's-data', version: 1, epoch: 1, schema, splits, keyProperties: [] };
    return Buffer.byteLength(streamFormat(stored, 'integration').schemaLine());
  }
  const members = (count: number, name: (i: number) => string, value: string) =>
    Array.from({ length: count }, (_, i) => `${JSON.stringify(name(i))}:${value}`).join(',');
  const nested = (names: readonly string[], inner: string) =>
    names.reduceRight((value, name) => `{${JSON.stringify(name)}:${value}}`, inner);

  const cases: Array<[string, number, (i: number) => string]> = [
    ['long names', 8, (i) => `{"o${i}":{${members(900, (j) => `${j}${'n'.repeat(1000)}`, '1')}}}`],
    [
      'names that print six bytes per byte',
      4,
      (i) => `{"o${i}":{${members(500, (j) => `${j}${'\u0001'.repeat(1000)}`, '1')}}}`,
    ],
    [
      'split columns at the end of long paths',
      2,
      (i) =>
        nested(
          Array(90).fill('\u0001'.repeat(900)),
          `{${members(300, (j) => `c${j}`, i === 0 ? '1' : '"x"')}}`,
        ),
    ],
    [
      'arrays of arrays',
      4,
      (i) => `{"o${i}":{${members(900, (j) => `c${j}`, `${'['.repeat(30)}1${']'.repeat(30)}`)}}}`,
    ],
    [
      'arrays whose items come later',
      8,
      (i) =>
        `{"o${i % 4}":{"x":1,${members(900, (j) => `c${j}`, i < 4 ? '[{"a":[]}]' : `[{"a":${'['.repeat(30)}1${']'.repeat(30)}}]`)}}}`,
    ],
  ];

  it.each(cases)('stays below it: %s', (_what, events, event) => {
    const bytes = schemaBytes(events, event);
    expect(bytes).toBeLessThanOrEqual(LIMIT.schemaLineBytes);
    expect(bytes).toBeGreaterThan(LIMIT.schemaLineBytes * 0.5);
  });

  it('puts what has no room into _sdc_extra', () => {
    const shape = shapeOf();
    const long = (j: number) => `${j}${'\u0001'.repeat(1000)}`;
    fitInto(shape, `{${members(900, long, '1')}}`);
    const late = members(1, () => long(900), '1');
    expect(fitInto(shape, `{${late}}`).row).toBe(`{"_sdc_extra":{${late}}}`);
    expect(fitInto(shape, '{"short":1}').row).toBe('{"short":1}');
  });
});
