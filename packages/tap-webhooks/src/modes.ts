/** The ways to run the tap: which of its two halves runs, and until when. */
export const MODES = ['listen', 'receive', 'follow', 'drain'] as const;

export type Mode = (typeof MODES)[number];

/** The same for people, in the help of the command line and in the description of the setting `mode`. */
export const MODES_TEXT =
  'listen: receive webhooks and emit them until stopped; receive: only receive; follow: only emit, until stopped; drain: emit what is waiting, then end';
