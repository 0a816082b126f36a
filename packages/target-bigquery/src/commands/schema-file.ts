import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  MOST_SCHEMA_LEVELS,
  nesting,
  parseMessage,
  type SchemaMessage,
  systemCode,
  ToolkitError,
} from '@tap-webhooks/singer';
import { definitionOf, type TableDefinition } from '@tap-webhooks/target-core';
import type { Config } from '../config.js';
import { schemasUnreadable } from '../errors.js';

/**
 * The tables of the streams in a file: a catalog (`tap --discover`), or Singer messages, of which only SCHEMA lines are read.
 * Of several for one stream the last counts.
 * @throws ToolkitError `schemas_unreadable`, exit 2.
 */
export async function definitionsIn(
  path: string,
  settings: Pick<Config, 'default_target_schema' | 'add_record_metadata'>,
): Promise<TableDefinition[]> {
  const found = new Map<string, TableDefinition>();
  for (const message of await schemasIn(path)) found.set(message.stream, definitionOf(message, settings));
  if (found.size === 0) throw schemasUnreadable(path, 'it has none');
  return [...found.values()];
}

type Schema = Pick<SchemaMessage, 'stream' | 'schema' | 'key_properties'>;

async function schemasIn(path: string): Promise<Schema[]> {
  const found: Schema[] = [];
  const rest: string[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      number += 1;
      if (/"type"\s*:\s*"schema"/i.test(line)) {
        const message = parseMessage(line, number);
        if (message.type !== 'SCHEMA') continue;
        if (message.levels > MOST_SCHEMA_LEVELS) throw tooDeep(path, message.levels);
        found.push(message);
      } else if (found.length === 0 && !/"type"\s*:\s*"(?:record|state)"/i.test(line)) rest.push(line);
    }
    return found.length > 0 ? found : schemasOfCatalog(parseCatalog(path, rest.join('\n')));
  } catch (cause) {
    if (cause instanceof ToolkitError) throw cause;
    throw schemasUnreadable(
      path,
      cause instanceof SyntaxError ? 'it is neither a catalog nor Singer messages' : systemCode(cause),
    );
  }
}

function parseCatalog(path: string, text: string): { streams?: CatalogEntry[] } {
  const catalog = JSON.parse(text);
  const levels = nesting(text);
  if (levels > MOST_SCHEMA_LEVELS) throw tooDeep(path, levels);
  return catalog;
}

function tooDeep(path: string, levels: number): ToolkitError {
  return schemasUnreadable(path, `it is nested ${levels} levels deep, more than ${MOST_SCHEMA_LEVELS}`);
}

interface CatalogEntry {
  readonly tap_stream_id?: string;
  readonly stream?: string;
  readonly schema?: SchemaMessage['schema'];
  readonly key_properties?: string[];
  readonly metadata?: ReadonlyArray<{
    readonly breadcrumb?: readonly string[];
    readonly metadata?: { readonly 'table-key-properties'?: string[] };
  }>;
}

function schemasOfCatalog(catalog: { streams?: CatalogEntry[] }): Schema[] {
  return (catalog.streams ?? []).flatMap(
    ({ stream, tap_stream_id: id, schema, key_properties: keys, metadata }) => {
      const name = stream ?? id;
      const own = metadata?.find(({ breadcrumb }) => breadcrumb?.length === 0)?.metadata;
      return name === undefined || schema === undefined
        ? []
        : [{ stream: name, schema, key_properties: keys ?? own?.['table-key-properties'] ?? [] }];
    },
  );
}
