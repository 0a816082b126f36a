/** Values as the service spells them: text for every scalar, so that no number loses a digit; NULL is null. */
export type Value = string | null | Value[] | { readonly [field: string]: Value };
export type Row = { readonly [column: string]: Value };

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

/** As the REST API wraps it. */
type Cell = { readonly v: Wrapped };
type Wrapped = string | null | Cell[] | { readonly f: Cell[] };

interface QueryAnswer {
  readonly jobReference: { readonly jobId: string; readonly location?: string };
  readonly jobComplete?: boolean;
  readonly schema?: { readonly fields: readonly Field[] };
  readonly rows?: ReadonlyArray<{ readonly f: Cell[] }>;
  readonly pageToken?: string;
  readonly totalBytesBilled?: string;
  readonly errors?: ReadonlyArray<{ readonly message: string }>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The few calls of BigQuery's REST API v2 that the checks make, apart from the target's own client. */
export class Rest {
  readonly project: string;
  /** Bytes that queries billed. */
  billed = 0;
  readonly #origin: string;
  readonly #token: () => Promise<string>;

  constructor(origin: string, project: string, token: () => Promise<string> = async () => 'none') {
    this.#origin = origin;
    this.project = project;
    this.#token = token;
  }

  /** @param path behind the project, e.g. `/datasets/d`; or an address. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const url = path.startsWith('http') ? path : `${this.#origin}${this.base}${path}`;
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${await this.#token()}`,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body !== undefined && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** As {@link send}, of an answer that is JSON. @throws when the service refuses. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.send(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text === '' ? ({} as T) : JSON.parse(text);
  }

  /** All rows of a query. */
  async query(sql: string): Promise<Row[]> {
    const spec = { query: sql, useLegacySql: false, timeoutMs: 30_000, maxResults: 10_000 };
    let answer = await this.call<QueryAnswer>('POST', '/queries', spec);
    if (answer.errors?.length) throw new Error(`${sql}: ${answer.errors[0]?.message}`); // an emulator may answer 200
    this.billed += Number(answer.totalBytesBilled ?? 0);
    const { jobId, location = '' } = answer.jobReference;
    const fields = () => answer.schema?.fields ?? [];
    const rows: Row[] = [];
    for (;;) {
      rows.push(...(answer.rows ?? []).map((row) => record(row.f, fields())));
      if (answer.jobComplete !== false && !answer.pageToken) return rows;
      const page = answer.pageToken ? `&pageToken=${encodeURIComponent(answer.pageToken)}` : '';
      answer = await this.call('GET', `/queries/${jobId}?location=${location}&maxResults=10000${page}`);
    }
  }

  /** One number of a query, e.g. of `SELECT COUNT(*)`. */
  async number(sql: string): Promise<number> {
    const [row = {}] = await this.query(sql);
    return Number(Object.values(row)[0]);
  }

  get base(): string {
    return `/bigquery/v2/projects/${this.project}`;
  }

  get uploads(): string {
    return `${this.#origin}/upload${this.base}/jobs`;
  }
}

function record(cells: readonly Cell[], fields: readonly Field[]): Row {
  return Object.fromEntries(
    fields.map((field, index) => [field.name, value(cells[index]?.v ?? null, field)]),
  );
}

function value(wrapped: Wrapped, field: Field): Value {
  if (field.mode === 'REPEATED') {
    const items = Array.isArray(wrapped) ? wrapped : [];
    return items.map(({ v }) => value(v, { ...field, mode: 'NULLABLE' }));
  }
  if (wrapped === null || typeof wrapped === 'string') return wrapped;
  if (Array.isArray(wrapped)) throw new Error(`${field.name} is no array`);
  return record(wrapped.f, field.fields ?? []);
}
