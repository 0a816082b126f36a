/** How the events of a body are found. Data, so that a preset or the config can name it; it crosses threads. */
export interface BodyRules {
  /** Absent: the bytes and the Content-Type decide. */
  readonly format?: BodyFormat;
  /** Field of a form that holds the events as JSON. The other fields are dropped. */
  readonly jsonField?: string;
  readonly unroll?: Unroll;
}

export const BODY_FORMATS = ['json', 'ndjson', 'form', 'multipart'] as const;
export type BodyFormat = (typeof BODY_FORMATS)[number];

/** Makes each item of an array inside an event an event of its own. */
export interface Unroll {
  /** Names of members that lead to the array. An event that has no array there stays as it is. */
  readonly path: readonly string[];
  /** Paths of values around the array that each item gets, under the last name of the path. */
  readonly copy: readonly (readonly string[])[];
}

/**
 * Why nothing of a body is taken: a sentence without its end, for "the body is not JSON: …", or for "the body cannot be read: …"
 * when it is something else. It never quotes the body.
 */
export class MalformedBody extends Error {
  override readonly name = 'MalformedBody';
  readonly isJson: boolean;

  constructor(message: string, is: 'json' | 'other' = 'other') {
    super(message);
    this.isJson = is === 'json';
  }
}
