import { type JsonSchema, parseDecimal, scaleOf } from '@tap-webhooks/singer';
import type { ScalarType } from './fields.js';

/** NUMERIC holds 29 digits before the point and 9 behind it. */
const NUMERIC_LIMIT = 1e29;
const NUMERIC_SCALE = 9;
/** Both bounds are powers of two, so a double holds them. */
const INT64_MIN = -(2 ** 63);
const INT64_END = 2 ** 63;

/**
 * What text is, by `format`; text of any other format stays text. So does `time`: it has an offset (RFC 3339 §5.6,
 * `12:00:00Z`), which BigQuery's TIME has no place for.
 */
export function textType({ format }: JsonSchema): ScalarType {
  switch (format) {
    case 'date-time':
      return 'TIMESTAMP';
    case 'date':
      return 'DATE';
    default:
      return 'STRING';
  }
}

/** INTEGER, unless the schema asks for numbers beyond 64 bits. */
export function integerType(schema: JsonSchema): ScalarType {
  const isBeyond = bounds(schema).some((bound) => bound < INT64_MIN || bound > INT64_END);
  return isBeyond ? 'BIGNUMERIC' : 'INTEGER';
}

/** BIGNUMERIC, unless the schema bounds the number so that the cheaper NUMERIC holds every value of it. */
export function numberType(schema: JsonSchema): ScalarType {
  const { multipleOf, minimum, maximum } = schema;
  const isBounded =
    typeof minimum === 'number' &&
    typeof maximum === 'number' &&
    minimum > -NUMERIC_LIMIT &&
    maximum < NUMERIC_LIMIT;
  const isCoarse =
    typeof multipleOf === 'number' &&
    multipleOf > 0 &&
    scaleOf(parseDecimal(String(multipleOf))) <= NUMERIC_SCALE;
  return isBounded && isCoarse ? 'NUMERIC' : 'BIGNUMERIC';
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): number[] {
  const all = [minimum, maximum, exclusiveMinimum, exclusiveMaximum];
  return all.filter((bound) => typeof bound === 'number');
}
