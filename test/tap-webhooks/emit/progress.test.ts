import { describe, expect, it } from 'vitest';
import { Progress } from '../../../packages/tap-webhooks/dist/emit/progress.js';

const at = (position: number, inbox = 'a1') => ({ position, inbox, check: `c${position}` });
const entry = (position: number, stream: string) => ({
  position,
  inbox: 'a1',
  stream,
  receivedAt: 0,
  sequence: 0,
  schemaVersion: 1,
  deliveryId: null,
  eventType: null,
  check: `c${position}`,
  row: '{}',
});

describe('progress', () => {
  it('has no bookmark before the first record', () => {
    const progress = new Progress(new Map());
    progress.add('a-data');
    expect([...progress.bookmarks()]).toEqual([]);
    expect(progress.after).toEqual({ 'a-data': 0 });
  });

  it('advances idle streams too', () => {
    const progress = new Progress(new Map());
    progress.add('a-data');
    progress.add('b-data');
    progress.noteEmitted(entry(1, 'a-data'));
    progress.noteEmitted(entry(2, 'a-data'));
    expect([...progress.bookmarks()]).toEqual([
      ['a-data', at(2)],
      ['b-data', at(2)],
    ]);
  });

  it('never moves a bookmark back: one stream may be later than the others', () => {
    const progress = new Progress(new Map([['a-data', at(50)]]));
    progress.add('a-data');
    progress.add('b-data');
    progress.noteEmitted(entry(20, 'b-data'));
    expect([...progress.bookmarks()]).toEqual([
      ['a-data', at(50)],
      ['b-data', at(20)],
    ]);
    progress.noteEmitted(entry(51, 'b-data'));
    expect([...progress.bookmarks()]).toEqual([
      ['a-data', at(51)],
      ['b-data', at(51)],
    ]);
  });

  it('starts a stream that is added later at its oldest event, not at the position of the others', () => {
    const progress = new Progress(new Map());
    progress.add('a-data');
    progress.noteEmitted(entry(9, 'a-data'));
    progress.add('late-data');
    expect(progress.after).toEqual({ 'a-data': 9, 'late-data': 0 });
    expect([...progress.bookmarks()]).toEqual([['a-data', at(9)]]);
  });

  it('leaves the bookmark of a stream that is not emitted as it was', () => {
    const progress = new Progress(new Map([['other-data', at(3, 'b2')]]));
    progress.add('a-data');
    progress.noteEmitted(entry(9, 'a-data'));
    expect(progress.bookmarks().get('other-data')).toEqual(at(3, 'b2'));
  });

  it('starts before its bookmark where it is told so, and advances the bookmark from the first record on', () => {
    const bookmarks = new Map([['a-data', at(105)]]);
    const progress = new Progress(bookmarks, new Map([['a-data', 95]]));
    progress.add('a-data');
    expect(progress.after).toEqual({ 'a-data': 95 });
    expect([...progress.bookmarks()]).toEqual([['a-data', at(105)]]);
    progress.noteEmitted({ ...entry(101, 'a-data'), inbox: 'b2' });
    expect([...progress.bookmarks()]).toEqual([['a-data', at(101, 'b2')]]);
  });

  it('reads on after positions without events, and bookmarks events only', () => {
    const progress = new Progress(new Map([['a-data', at(4)]]));
    progress.add('a-data');
    progress.noteRead(90);
    expect(progress.after).toEqual({ 'a-data': 90 });
    expect(progress.bookmarks().get('a-data')).toEqual(at(4));
  });
});
