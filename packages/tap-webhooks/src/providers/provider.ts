import type { JsonSchema, LatestBy } from '@tap-webhooks/singer';
import type { BodyRules } from '../bodies/body-rules.js';
import type { FirstLocation, IdLocation } from '../inbox/inbox.js';
import type { SignatureScheme } from '../signatures/signature.js';

/** What is known of one kind of sender. Each provider has one file, which `index.ts` lists. */
export interface Provider {
  /** As typed in the config: `provider: delighted`. */
  readonly name: string;
  /** As the provider writes its own name. */
  readonly title: string;
  /** How the provider signs; used when the integration has secrets. Absent: it signs nothing. */
  readonly signature?: SignatureScheme;
  /** An id that is the same when the provider sends a delivery again. Absent: retries cannot be recognised. */
  readonly deliveryId?: IdLocation;
  /** The id alone tells a retry, since the body differs each time. Absent: the content must be the same too. */
  readonly idAloneDecides?: true;
  /** What the setting `events` selects by. */
  readonly eventType?: FirstLocation;
  readonly eventTime?: FirstLocation;
  /** How the events of a body are found. Absent: by its bytes and its Content-Type. */
  readonly body?: BodyRules;
  /** Top-level fields that identify a row when the integration names none. Empty: a generated key. */
  readonly keyProperties: readonly string[];
  /** Which rows are versions of the same thing, where that is not the key. */
  readonly latestBy?: LatestBy;
  /** JSON Schema of the payload. It gives the first columns; the data adds more. */
  readonly schema?: JsonSchema;
  /** What a person does on the provider's settings page, one sentence per step. `url` is the webhook's URL. */
  steps(url: string): readonly string[];
}
