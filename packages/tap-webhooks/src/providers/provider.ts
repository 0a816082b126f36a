import type { JsonSchema, LatestBy } from '@tap-webhooks/singer';
import type { BodyRules } from '../bodies/body-rules.js';
import type { FirstLocation, IdLocation, ValueLocation } from '../inbox/inbox.js';
import type { TimeUnit, Verification } from '../signatures/scheme.js';

/**
 * What is known of one kind of sender. Each provider has one file, which `index.ts` lists. The code obeys every member, but for
 * `facts`, which are for the page `PROVIDERS.md`.
 */
export interface Provider {
  /** As typed in the config: `provider: delighted`. */
  readonly name: string;
  /** As the provider writes its own name. */
  readonly title: string;
  /** How the provider proves who it is; used when the integration has secrets. Absent: it proves nothing. */
  readonly verification?: Verification;
  /** Anybody may be the sender, so the config should say how it proves who it is. */
  readonly isAnySender?: boolean;
  /** An id that is the same when the provider sends a delivery again. Absent: retries cannot be recognised. */
  readonly deliveryId?: IdLocation;
  /** The id alone tells a retry, since the body differs each time. Absent: the content must be the same too. */
  readonly idAloneDecides?: true;
  /** What the setting `events` selects by. */
  readonly eventType?: FirstLocation;
  /** When the event happened, by the provider's clock. The unit is for the page `PROVIDERS.md`: the digits of a time tell it. */
  readonly eventTime?: ValueLocation & { readonly unit: TimeUnit };
  /** How the events of a body are found. Absent: by its bytes and its Content-Type. */
  readonly body?: BodyRules;
  /** Top-level fields that identify a row when the integration names none. Empty: a generated key. */
  readonly keyProperties: readonly string[];
  /** Which rows are versions of the same thing, where that is not the key. */
  readonly latestBy?: LatestBy;
  /** JSON Schema of the payload. It gives the first columns; the data adds more. */
  readonly schema?: JsonSchema;
  /** Largest body that the provider sends, where that is more than usual. */
  readonly bodyLimitBytes?: number;
  readonly facts: ProviderFacts;
  /** What a person does on the provider's settings page, one sentence per step. `url` is the webhook's URL. */
  steps(url: string): readonly string[];
}

/** What a person should know before they rely on a provider. Sentences. */
export interface ProviderFacts {
  /** What the verification does not cover. */
  readonly uncovered: string;
  /** When the provider tries again, and when it gives up. */
  readonly retries: string;
  /** What cannot be done yet, or is odd about this provider. */
  readonly notes?: readonly string[];
  /** What no source confirms. */
  readonly unconfirmed?: readonly string[];
  /** Where all this is from. */
  readonly sources: readonly string[];
}

/** The last part of a step that shows a secret. */
export const GIVE_SECRET = 'give it to this integration through `secrets_file`, `secrets_env` or `secrets`';
