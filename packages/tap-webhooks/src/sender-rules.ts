import { type LatestBy, latestByPaths } from '@tap-webhooks/singer';
import type { BodyRules, Unroll } from './bodies/body-rules.js';
import { readPath } from './bodies/paths.js';
import { columnsOf, proofHeaders, refusedHeader } from './chosen-columns.js';
import type { IntegrationConfig } from './config.js';
import type { FirstLocation, IdLocation, IntegrationRules, ValueLocation } from './inbox/inbox.js';
import type { Provider } from './providers/provider.js';
import { redactionOf } from './redaction-rules.js';
import type { PlaceSetting, SenderConfig } from './sender-settings.js';

/** Called with what is wrong: the rest of a sentence that begins with the integration. */
type Problem = (sentence: string) => void;

/** Reads a place of a setting with this name. */
type ReadPlace = (name: string, setting: PlaceSetting) => ValueLocation;

type SenderRules = Pick<
  IntegrationRules,
  | 'body'
  | 'onMalformed'
  | 'deliveryId'
  | 'idAloneDecides'
  | 'eventType'
  | 'eventTime'
  | 'columns'
  | 'redaction'
  | 'wantedHeaders'
  | 'wantedQuery'
>;

/** What the rest of the rules says that must stay readable. */
export interface NeededFields {
  readonly keyProperties: readonly string[];
  readonly latestBy: LatestBy | undefined;
}

/** Returns what the inbox must know of the bodies, ids and columns of a sender: the config's settings, else the provider's. */
export function senderRules(
  config: SenderConfig & Pick<IntegrationConfig, 'verification'>,
  provider: Provider,
  needed: NeededFields,
  env: NodeJS.ProcessEnv,
  problem: Problem,
): SenderRules {
  const proofs = proofHeaders(config.verification ?? provider.verification ?? {});
  const place = (name: string, setting: PlaceSetting) => placeOf(name, setting, proofs, problem);
  const deliveryId = config.delivery_id ? idLocation(config.delivery_id, place) : provider.deliveryId;
  const eventType = firstLocation('event_type', config.event_type, place) ?? provider.eventType;
  const eventTime = firstLocation('event_time', config.event_time, place) ?? provider.eventTime;
  const body = bodyRules(config, provider, problem);
  const columns = config.columns && columnsOf(config.columns, proofs, problem);
  const places = [...placesOf(deliveryId), ...placesOf(eventType), ...placesOf(eventTime)];
  const paths = [
    ...needed.keyProperties.map((name) => [name]),
    ...(needed.latestBy ? latestByPaths(needed.latestBy).map((path) => path.split('.')) : []),
    ...places.flatMap((place) => ('body' in place ? [place.body] : [])),
  ];
  const redaction = redactionOf(config, body, paths, env, problem);
  if ((config.dedupe_by ?? (provider.idAloneDecides && 'id')) === 'id' && deliveryId === undefined)
    problem('`dedupe_by: id` has no effect without a `delivery_id`: name one, or remove the setting');
  const wantedHeaders = headersOf(deliveryId, eventType, eventTime, columns);
  const wantedQuery = (columns ?? []).flatMap(({ from }) =>
    typeof from === 'object' && 'query' in from ? [from.query] : [],
  );
  return {
    ...(body && { body }),
    ...(config.on_malformed === 'quarantine' && { onMalformed: 'quarantine' }),
    ...(deliveryId && { deliveryId }),
    ...((config.dedupe_by ? config.dedupe_by === 'id' : provider.idAloneDecides) && { idAloneDecides: true }),
    ...(eventType && { eventType }),
    ...(eventTime && { eventTime }),
    ...(columns && { columns }),
    ...(redaction && { redaction }),
    ...(wantedHeaders.length > 0 && { wantedHeaders }),
    ...(wantedQuery.length > 0 && { wantedQuery }),
  };
}

function bodyRules(
  config: SenderConfig,
  { body: preset = {} }: Provider,
  problem: Problem,
): BodyRules | undefined {
  const format = config.body_format ?? preset.format;
  const jsonField = config.json_field ?? preset.jsonField;
  const unroll = config.unroll === undefined ? preset.unroll : unrollOf(config.unroll, problem);
  const rules = { ...(format && { format }), ...(jsonField && { jsonField }), ...(unroll && { unroll }) };
  return Object.keys(rules).length === 0 ? undefined : rules;
}

function unrollOf(setting: NonNullable<SenderConfig['unroll']>, problem: Problem): Unroll {
  const { path, copy = [] } = typeof setting === 'string' ? { path: setting } : setting;
  const unroll = { path: readPath(path), copy: copy.map(readPath) };
  const names = unroll.copy.map((one) => one.at(-1));
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index)))
    problem(`\`unroll.copy\`: two of the values would be called ${name}, and only one would be kept`);
  return unroll;
}

function idLocation(setting: NonNullable<SenderConfig['delivery_id']>, place: ReadPlace): IdLocation {
  if (setting === 'digest') return { digest: 'body' };
  if (!isList(setting)) return place('delivery_id', setting);
  const [only, ...others] = setting.map((one) => place('delivery_id', one));
  return others.length === 0 && only ? only : { all: only ? [only, ...others] : [] };
}

function firstLocation(
  name: string,
  setting: PlaceSetting | readonly PlaceSetting[] | undefined,
  place: ReadPlace,
): FirstLocation | undefined {
  if (setting === undefined) return undefined;
  return isList(setting) ? { any: setting.map((one) => place(name, one)) } : place(name, setting);
}

function isList(setting: PlaceSetting | readonly PlaceSetting[]): setting is readonly PlaceSetting[] {
  return Array.isArray(setting);
}

function placeOf(
  name: string,
  setting: PlaceSetting,
  proofs: readonly string[],
  problem: Problem,
): ValueLocation {
  if ('body' in setting) return { body: readPath(setting.body) };
  const header = setting.header.toLowerCase();
  const refused = refusedHeader(header, proofs);
  if (refused !== undefined) problem(`\`${name}\`: ${refused}`);
  return { header };
}

function placesOf(location: IdLocation | FirstLocation | undefined): readonly ValueLocation[] {
  if (location === undefined || 'digest' in location) return [];
  if ('all' in location) return location.all;
  return 'any' in location ? location.any : [location];
}

/** The headers that a delivery must bring along. One in which alone an id or a type is travels by itself. */
function headersOf(
  deliveryId: IdLocation | undefined,
  eventType: FirstLocation | undefined,
  eventTime: FirstLocation | undefined,
  columns: IntegrationRules['columns'],
): readonly string[] {
  const places = [
    ...(deliveryId && 'all' in deliveryId ? deliveryId.all : []),
    ...(eventType && 'any' in eventType ? eventType.any : []),
    ...placesOf(columns && eventTime),
  ];
  const named = places.flatMap((one) => ('header' in one ? [one.header, ...(one.alternatives ?? [])] : []));
  const chosen = (columns ?? []).flatMap(({ from }) =>
    typeof from === 'object' && 'header' in from ? [from.header] : [],
  );
  return [...new Set([...named, ...chosen])];
}
