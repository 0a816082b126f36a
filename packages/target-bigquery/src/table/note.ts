import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, replaceFile } from '@tap-webhooks/singer';

/** What tells whether a table is still the same. */
export interface TableState {
  /** Epoch ms as decimal text. */
  readonly creationTime: string;
  readonly lastModifiedTime: string;
  /** Decimal text. */
  readonly numRows: string;
}

/** Inboxes that one note remembers; the fence answers for all others. */
const MOST_INBOXES = 64;

interface NoteFile {
  readonly format: 2;
  readonly creationTime: string;
  readonly lastModifiedTime: string;
  readonly numRows: string;
  readonly through: ReadonlyArray<readonly [inbox: string, position: number]>;
}

/**
 * What is known without asking the table: it holds nothing of an inbox after a position, so rows after it need no fence. That is
 * said of the table alone, so it stays true when the inbox is put back to an older copy and gives other events the positions up
 * to there: for those the table is asked, and the fence compares sequences.
 *
 * The file counts only while the table is the same, unchanged since, and has as many rows: another machine may have loaded
 * meanwhile. The file is not synced: after a crash that takes it the fence is asked.
 */
export class Note {
  readonly #path: string;
  #creationTime: string;
  readonly #through = new Map<string, number>();
  /** The table was empty when this run began: it holds nothing of any inbox. */
  #isNewTable: boolean;
  readonly #doubted = new Set<string>();
  /** How often the table was asked about an inbox since the inbox was last known. */
  readonly #asked = new Map<string, number>();

  /** @param table as it is now. */
  constructor(path: string, table: TableState & { readonly isNew: boolean }) {
    this.#path = path;
    this.#creationTime = table.creationTime;
    this.#isNewTable = table.isNew;
    const file = read(path);
    if (file === undefined || !isSame(file, table)) return;
    for (const [inbox, position] of file.through) this.#through.set(inbox, position);
  }

  /** Highest position of the inbox that the table may hold; undefined when only the table knows. */
  through(inbox: string): number | undefined {
    const known = this.#through.get(inbox);
    if (known !== undefined) return known;
    return this.#isNewTable && !this.#doubted.has(inbox) ? Number.NEGATIVE_INFINITY : undefined;
  }

  /** The table holds nothing of the inbox after a position. */
  learn(inbox: string, position: number): void {
    const known = this.through(inbox) ?? Number.NEGATIVE_INFINITY;
    this.#through.delete(inbox); // the map is in order of use
    this.#through.set(inbox, Math.max(known, position));
    const oldest = this.#through.keys().next().value;
    if (this.#through.size > MOST_INBOXES && oldest !== undefined) this.doubt(oldest);
  }

  /** Others loaded into the table in a way that the note does not see, or created it again. */
  doubtAll({ creationTime }: Pick<TableState, 'creationTime'>): void {
    for (const inbox of [...this.#through.keys()]) this.doubt(inbox);
    this.#isNewTable = false;
    this.#creationTime = creationTime;
  }

  /** Somebody else loads the inbox too: what is known of it may be outdated. */
  doubt(inbox: string): void {
    this.#through.delete(inbox);
    this.#asked.delete(inbox);
    this.#doubted.add(inbox);
  }

  /** The table was asked which rows of a batch it holds. @returns how often since the inbox was last known. */
  asked(inbox: string): number {
    const times = (this.#asked.get(inbox) ?? 0) + 1;
    this.#asked.set(inbox, times);
    return times;
  }

  /** Writes the file. @param table as it is after all that the note tells. */
  async save({ lastModifiedTime, numRows }: Pick<TableState, 'lastModifiedTime' | 'numRows'>): Promise<void> {
    const note: NoteFile = {
      format: 2,
      creationTime: this.#creationTime,
      lastModifiedTime,
      numRows,
      through: [...this.#through],
    };
    await makeFolder(dirname(this.#path), { mode: 0o700 });
    await replaceFile(this.#path, JSON.stringify(note), { mode: 0o600, sync: false });
  }
}

function isSame(a: TableState, b: TableState): boolean {
  return (
    a.creationTime === b.creationTime && a.lastModifiedTime === b.lastModifiedTime && a.numRows === b.numRows
  );
}

function read(path: string): NoteFile | undefined {
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as NoteFile;
    const isWhole =
      note.format === 2 &&
      note.lastModifiedTime !== '' &&
      note.through.every(([inbox, position]) => typeof inbox === 'string' && Number.isSafeInteger(position));
    return isWhole ? note : undefined;
  } catch {
    return undefined; // absent or torn: the table is asked
  }
}
