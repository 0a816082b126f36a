import { randomBytes } from 'node:crypto';
import { GoogleAuth } from 'google-auth-library';
import { until } from '../../helpers/until.js';
import { type Answer, Rest, type Row } from './rest.js';

/** A dataset of its own in the service itself, for one file of checks. */
export interface RealDataset {
  readonly rest: Rest;
  readonly dataset: string;
  /** Deletes the dataset, and says what the queries of these checks billed. */
  drop(): Promise<void>;
}

/** As BigQuery describes it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
}

interface Problem {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

export interface Job {
  readonly jobReference: { readonly jobId: string; readonly location: string };
  readonly status: {
    readonly state: 'PENDING' | 'RUNNING' | 'DONE';
    readonly errorResult?: Problem;
    readonly errors?: readonly Problem[];
  };
  readonly statistics: { readonly load?: { readonly outputRows?: string; readonly badRecords?: string } };
}

/** In the project that BIGQUERY_TEST_PROJECT names, with application default credentials. */
export async function realDataset(): Promise<RealDataset> {
  const project = process.env.BIGQUERY_TEST_PROJECT ?? '';
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/bigquery'] });
  const token = async () => (await auth.getAccessToken()) ?? '';
  const rest = new Rest('https://bigquery.googleapis.com', project, token);
  const dataset = `interop_${randomBytes(6).toString('hex')}`;
  const datasetReference = { projectId: project, datasetId: dataset };
  // should the checks be killed, it goes by itself
  await rest.call('POST', '/datasets', {
    datasetReference,
    defaultTableExpirationMs: String(24 * 3_600_000),
  });
  return {
    rest,
    dataset,
    async drop() {
      await rest.send('DELETE', `/datasets/${dataset}?deleteContents=true`);
      console.log(`queries billed ${rest.billed} bytes`);
    },
  };
}

export async function makeTable(
  { rest, dataset }: RealDataset,
  tableId: string,
  fields: readonly Column[],
  more: object = {},
): Promise<{ etag: string }> {
  const tableReference = { projectId: rest.project, datasetId: dataset, tableId };
  return await rest.call('POST', `/datasets/${dataset}/tables`, {
    tableReference,
    schema: { fields },
    ...more,
  });
}

export function newJobId(): string {
  return `interop_${randomBytes(12).toString('hex')}`;
}

/** An upload in two steps, so that something can happen between them. */
export class Upload {
  readonly #rest: Rest;
  readonly #session: string;
  readonly #body: Uint8Array;

  private constructor(rest: Rest, session: string, body: Uint8Array) {
    this.#rest = rest;
    this.#session = session;
    this.#body = body;
  }

  /** @returns the session, or the answer that refuses it. */
  static async begin(
    { rest, dataset }: RealDataset,
    table: string,
    lines: readonly string[],
    { id = newJobId(), maxBadRecords = 0 } = {},
  ): Promise<Upload | Answer> {
    const answer = await rest.send('POST', `${rest.uploads}?uploadType=resumable`, {
      jobReference: { projectId: rest.project, jobId: id },
      configuration: {
        load: {
          destinationTable: { projectId: rest.project, datasetId: dataset, tableId: table },
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          createDisposition: 'CREATE_NEVER',
          writeDisposition: 'WRITE_APPEND',
          maxBadRecords,
        },
      },
    });
    const session = answer.headers.get('location');
    if (answer.status !== 200 || session === null) return answer;
    return new Upload(rest, session, new TextEncoder().encode(`${lines.join('\n')}\n`));
  }

  async finish(): Promise<Answer> {
    const size = this.#body.length;
    const range = {
      'content-range': `bytes 0-${size - 1}/${size}`,
      'content-type': 'application/octet-stream',
    };
    return await this.#rest.send('PUT', this.#session, this.#body, range);
  }
}

/** Uploads lines and waits for the job, whatever becomes of it. */
export async function loadLines(
  place: RealDataset,
  table: string,
  lines: readonly string[],
  options: { id?: string; maxBadRecords?: number } = {},
): Promise<Job> {
  const upload = await Upload.begin(place, table, lines, options);
  return await whenUploaded(place, upload instanceof Upload ? await upload.finish() : upload);
}

/** @param answer to the last byte of an upload. */
export async function whenUploaded({ rest }: RealDataset, answer: Answer): Promise<Job> {
  if (answer.status !== 200) throw new Error(answer.text);
  return await whenDone(rest, JSON.parse(answer.text));
}

async function whenDone(rest: Rest, { jobReference: { jobId, location } }: Job): Promise<Job> {
  const ask = () => rest.call<Job>('GET', `/jobs/${jobId}?location=${location}`);
  return await until(
    async () => {
      const job = await ask();
      return job.status.state === 'DONE' && job;
    },
    `job ${jobId}`,
    300_000,
  );
}

export async function rowsOf({ rest, dataset }: RealDataset, select: string, table: string): Promise<Row[]> {
  return await rest.query(`SELECT ${select} FROM \`${dataset}\`.\`${table}\``);
}
