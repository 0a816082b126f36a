import type { Tampering } from './files/open-files.js';
import { logOf } from './files/opening.js';
import type { Notice } from './threads/messages.js';

/** A few words for the error of a call. */
export const WHY_ASIDE: { readonly [T in Tampering]: string } = {
  'file removed': 'its file was removed, or another one was put in its place',
  'log removed': 'its log was removed, or another one was put in its place',
  'file changed': 'another program cut its file or wrote to it',
  'log changed': 'another program cut its log or wrote to it',
};

/** What happened, and what to do. */
const ASIDE: { readonly [T in Tampering]: readonly [happened: string, todo: string] } = {
  'file removed': [
    'The file of the inbox was removed or replaced',
    'Put it back; or stop the receiver, put an older copy there, and use `tap-webhooks inbox renew`',
  ],
  'log removed': [
    'The log of the inbox was removed or replaced',
    'What it held is moved into the file of the inbox. Start the receiver and the pipes again',
  ],
  'file changed': [
    'Another program cut the file of the inbox or wrote to it',
    'Stop the receiver, and run `tap-webhooks inbox verify`. If something is damaged, use `tap-webhooks inbox rescue`; if an older copy was put there, use `tap-webhooks inbox renew`',
  ],
  'log changed': [
    'Another program cut the log of the inbox or wrote to it',
    'Webhooks that came since the log was last moved into the file are lost. Stop the receiver, use `tap-webhooks inbox renew`, and start the receiver and the pipes again',
  ],
};

export function tamperedWith(path: string, tampering: Tampering): Notice {
  const [happened, todo] = ASIDE[tampering];
  return {
    level: 'error',
    message: `${happened} while the receiver runs: webhooks are answered 503. ${todo}`,
    fields: { file: tampering.startsWith('log') ? logOf(path) : path },
  };
}
