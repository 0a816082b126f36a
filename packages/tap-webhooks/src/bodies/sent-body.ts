import { type BodyFormat, type BodyRules, MalformedBody } from './body-rules.js';
import { type BodyText, textOf } from './charset.js';
import { readContentType } from './content-type.js';
import type { Fields } from './fields.js';
import { readForm } from './form.js';
import { readMultipart } from './multipart.js';
import { arrayOfLines } from './ndjson.js';

/** A body as it was sent, without its compression. */
export interface SentBody {
  readonly body: Uint8Array;
  /** The header; absent when it says nothing but JSON in UTF-8. */
  readonly contentType?: string | undefined;
}

const FORMATS: { readonly [type: string]: BodyFormat } = {
  'application/x-www-form-urlencoded': 'form',
  'multipart/form-data': 'multipart',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/jsonlines': 'ndjson',
  'application/x-jsonlines': 'ndjson',
  'application/json-lines': 'ndjson',
};

/** Returns the format that the integration, its preset or else the Content-Type names; undefined when none does. */
export function declaredFormat({ contentType }: SentBody, { format }: BodyRules): BodyFormat | undefined {
  if (format !== undefined || contentType === undefined) return format;
  return FORMATS[readContentType(contentType).type];
}

/** @throws MalformedBody */
export function readText({ body, contentType }: SentBody): BodyText {
  return textOf(body, () => charsetOf(contentType));
}

/** Returns a form as JSON: its fields, or what the field holds that the rules name. @throws MalformedBody */
export function jsonOfForm(
  sent: SentBody,
  format: 'form' | 'multipart',
  { jsonField }: BodyRules,
  mostEvents: number,
): string {
  const fields = readFields(sent, format);
  if (fields.isEmpty) throw new MalformedBody('it is a form without fields');
  if (jsonField === undefined) return fields.toJson();
  const values = fields.all(jsonField);
  if (values.length === 0) throw new MalformedBody('it is a form without the field that `json_field` names');
  return values.length === 1 ? (values[0] as string) : arrayOfLines(values.join('\n'), mostEvents);
}

function readFields({ body, contentType }: SentBody, format: 'form' | 'multipart'): Fields {
  if (format === 'form') return readForm(body, () => charsetOf(contentType));
  return readMultipart(body, contentType && readContentType(contentType).parameter('boundary'));
}

function charsetOf(contentType: string | undefined): string | undefined {
  return contentType && readContentType(contentType).parameter('charset');
}

/** True when the first character that is no white space is a bracket of JSON. */
export function beginsAsJson(body: Uint8Array): boolean {
  for (const [index, byte] of body.entries()) {
    if (byte === 0x7b || byte === 0x5b) return true;
    const isMark = index < 3 && (byte === 0xef || byte === 0xbb || byte === 0xbf);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09 && !isMark) return false;
  }
  return false;
}
