import type { JsonSchema } from '@tap-webhooks/singer';
import type { SignatureScheme } from '../signatures/signature.js';

/** Where a provider puts a value: in a request header, or in the body at a path of object members. */
export type Place = { readonly header: string } | { readonly body: readonly string[] };

/**
 * Which rows are versions of one thing. Either one dotted path for all rows, or a path for each value of a column
 * that tells the event types apart. A row whose path leads nowhere is a version of nothing but itself.
 */
export type LatestBy =
  | string
  | { readonly column: string; readonly paths: { readonly [value: string]: string } };

/** What is known of one sender of webhooks. One file each; adding a provider is adding a file and naming it in `index.ts`. */
export interface Provider {
  /** As typed in the config: `provider: delighted`. */
  readonly name: string;
  /** As the provider writes its own name. */
  readonly title: string;
  /** Checks the raw bytes; used when the integration has secrets. Absent: the provider signs nothing. */
  readonly signature?: SignatureScheme;
  /** The id that stays the same when the provider sends a delivery again. Absent: retries cannot be recognised. */
  readonly deliveryId?: Place;
  /** What the setting `events` selects by. */
  readonly eventType?: Place;
  /** Top-level fields that identify a row when the integration names none. Empty: a generated key. */
  readonly keyProperties: readonly string[];
  readonly latestBy?: LatestBy;
  /** JSON Schema of the payload to begin with; what the data shows beyond it is added. */
  readonly schema?: JsonSchema;
  /** Media types taken beside JSON. */
  readonly otherTypes?: readonly string[];
  /** What a person does on the provider's settings page, one sentence a step; `url` is the webhook's URL. */
  steps(url: string): readonly string[];
}
