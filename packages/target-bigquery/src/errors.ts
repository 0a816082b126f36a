import { EXIT, systemCode, ToolkitError } from '@tap-webhooks/singer';
import { ServiceError } from './service-error.js';

/** What a sentence says of a table; api/ has the same as `TableRef`, and imports this file. */
interface TableRef {
  readonly dataset: string;
  readonly table: string;
}

/** A table as people write it in a query: `dataset.table`. */
export function nameOf({ dataset, table }: TableRef): string {
  return `${dataset}.${table}`;
}

/** Texts of the service end a sentence of ours, on one line, and are cut when they are long. */
function said(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

// The config cannot work (exit 1).

/** @param why ends the sentence; it never quotes the key. */
export function credentialsUnusable(why: string, cause?: unknown): ToolkitError {
  return new ToolkitError(
    'credentials_unusable',
    EXIT.config,
    `No credentials for BigQuery: ${why}. Set credentials_path or credentials_json, run \`gcloud auth application-default login\`, or set api_endpoint for an emulator.`,
    { cause },
  );
}

export function datasetMissing(stream: string): ToolkitError {
  return new ToolkitError(
    'dataset_missing',
    EXIT.config,
    `Stream ${stream} has no hyphen in its name, so it names no dataset: set \`dataset\`.`,
  );
}

// The destination refuses (exit 3).

/** What a role must hold, by the permission that is missing. */
function roleFor(permission: string): string {
  return permission.startsWith('bigquery.jobs.')
    ? 'BigQuery Job User on the project'
    : permission === 'bigquery.datasets.create'
      ? 'BigQuery User on the project, or make the dataset yourself'
      : 'BigQuery Data Editor on the dataset';
}

/**
 * A call failed for good.
 * @param doing completes "… cannot be", e.g. `loaded`.
 */
export function tableFailed(ref: TableRef, doing: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  if (!(cause instanceof ServiceError)) return spoolFailed(ref, cause);
  const what = `Table ${nameOf(ref)} cannot be ${doing}`;
  const [code, why] = explain(cause);
  return new ToolkitError(code, EXIT.destination, `${what}: ${why}.`, { cause });
}

function explain(error: ServiceError): [code: string, why: string] {
  switch (error.kind) {
    case 'denied': {
      const { permission } = error;
      if (permission === undefined) return ['access_denied', `access is denied (${said(error.message)})`];
      return ['access_denied', `the permission ${permission} is missing: grant ${roleFor(permission)}`];
    }
    case 'quota':
      return [
        'quota_exceeded',
        `a quota of the project is used up (${said(error.message)}): raise it, or start again later`,
      ];
    case 'missing':
      return ['destination_missing', `it, its dataset or its project is not there (${said(error.message)})`];
    case 'transient':
      return [
        'service_unavailable',
        `BigQuery did not answer in time (${error.reason}): start again later, nothing is lost`,
      ];
    default:
      return ['service_refused', `BigQuery refuses (${error.reason}: ${said(error.message)})`];
  }
}

/** The project or the dataset, before any table is known. */
export function datasetFailed(dataset: string, doing: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  const [code, why] = cause instanceof ServiceError ? explain(cause) : ['dataset_failed', systemCode(cause)];
  return new ToolkitError(code, EXIT.destination, `Dataset ${dataset} cannot be ${doing}: ${why}.`, {
    cause,
  });
}

/** An existing table that rows would not fit. Nothing was loaded. */
export function tableUnfit(ref: TableRef, problems: readonly string[]): ToolkitError {
  return new ToolkitError(
    'table_unfit',
    EXIT.destination,
    `Table ${nameOf(ref)} stands already and does not fit: ${problems.join(' ')} Change it, or load into another dataset.`,
  );
}

/** A load job failed for a reason that no further attempt will change. */
export function jobFailed(ref: TableRef, jobId: string, failure: ServiceError): ToolkitError {
  const [code, why] = explain(failure);
  return new ToolkitError(
    code === 'service_refused' ? 'job_failed' : code,
    EXIT.destination,
    `Load job ${jobId} into table ${nameOf(ref)} failed: ${why}.`,
  );
}

/** Rows are refused, and the service does not tell which ones. */
export function refusedRowsUnknown(ref: TableRef, jobId: string, message: string): ToolkitError {
  return new ToolkitError(
    'refused_rows_unknown',
    EXIT.destination,
    `Load job ${jobId} into table ${nameOf(ref)} found rows that BigQuery refuses, and does not tell which ones (${said(message)}).`,
  );
}

/** The job says done, and another number of rows than was sent. */
export function rowsMissing(ref: TableRef, jobId: string, sent: number, loaded: number): ToolkitError {
  return new ToolkitError(
    'rows_missing',
    EXIT.destination,
    `Load job ${jobId} into table ${nameOf(ref)} added ${loaded} rows of ${sent}: no state is printed for them; start again, and what is missing comes again.`,
  );
}

/** Two streams of one run would load into the same table. */
export function namesClash(stream: string, other: string, ref: TableRef): ToolkitError {
  return new ToolkitError(
    'names_clash',
    EXIT.destination,
    `Streams ${other} and ${stream} would both load into ${nameOf(ref)}: rename one of them in the tap, or load them into different datasets.`,
  );
}

/** The folder for rows on their way cannot be used. */
export function spoolFailed(ref: TableRef, cause: unknown): ToolkitError {
  return new ToolkitError(
    'spool_failed',
    EXIT.destination,
    `Rows of table ${nameOf(ref)} cannot be spooled (${systemCode(cause)}): free some space, or choose another spool_path.`,
    { cause },
  );
}

// Another has it (exit 4).

/** Another process of this machine, with the same spool folder, has the table open. */
export function tableLocked(stream: string, ref: TableRef, path: string): ToolkitError {
  return new ToolkitError(
    'table_locked',
    EXIT.locked,
    `Table ${nameOf(ref)} of stream ${stream} is being loaded by another process (${path}): stop that one first.`,
  );
}

// The Storage Write API (exit 1, exit 3).

/** Rows of an emulator's tables would go to Google. */
export function storageEndpointMissing(): ToolkitError {
  return new ToolkitError(
    'storage_endpoint_missing',
    EXIT.config,
    'With api_endpoint and method storage_write_api, storage_api_endpoint is needed too: set it to host and port of its Storage Write API.',
  );
}

/** Another process made a write stream for the table, and so ended ours. */
export function streamTaken(ref: TableRef): ToolkitError {
  return new ToolkitError(
    'stream_taken',
    EXIT.destination,
    `Table ${nameOf(ref)} is being loaded by another process, which ended the write stream of this one: stop one of the two; what is missing comes again.`,
  );
}

/** A write stream disappears, or forgets rows, again and again. */
export function streamLost(ref: TableRef): ToolkitError {
  return new ToolkitError(
    'stream_lost',
    EXIT.destination,
    `Write streams of table ${nameOf(ref)} are lost again and again: start again later, or set \`method\` to batch_job.`,
  );
}

// What `--check` and `dbt-sources` find.

/** Reasons of the service that are no missing permission, though it answers 403. */
const NO_PERMISSION: ReadonlySet<string> = new Set(['accessNotConfigured', 'billingNotEnabled', 'blocked']);

/**
 * The end of a sentence: why a call failed.
 * @param needed permission that the call needs, for answers that name none.
 */
export function whyFailed(error: unknown, needed: string): string {
  if (error instanceof ToolkitError) return error.message.replace(/\.$/, '');
  if (!(error instanceof ServiceError)) return systemCode(error);
  const isPermission = error.kind === 'denied' && error.status !== 401 && !NO_PERMISSION.has(error.reason);
  if (!isPermission) return explain(error)[1];
  const permission = error.permission ?? needed;
  return `the permission ${permission} is missing: grant ${roleFor(permission)}`;
}

/** @param problems lines that the report marks with FAIL. */
export function checkFailed(problems: number): ToolkitError {
  const found = problems === 1 ? 'One problem was' : `${problems} problems were`;
  return new ToolkitError(
    'check_failed',
    EXIT.destination,
    `${found} found: see the lines marked FAIL. Nothing was loaded or changed.`,
  );
}

/** The option `--table`. */
export function tableNameUnusable(name: string): ToolkitError {
  return new ToolkitError(
    'table_name_unusable',
    EXIT.config,
    `--table ${name} is no table: write dataset.table, or only the table when the setting \`dataset\` is given.`,
  );
}

/** The option `--input` of `--check` and `dbt-sources`. */
export function schemasUnreadable(path: string, why: string): ToolkitError {
  return new ToolkitError(
    'schemas_unreadable',
    EXIT.input,
    `No schemas can be read from ${path}: ${why}. Give a catalog, or a file of Singer messages with SCHEMA lines.`,
  );
}

/** `dbt-sources` was not told of which tables. */
export function nothingToDescribe(): ToolkitError {
  return new ToolkitError(
    'nothing_to_describe',
    EXIT.config,
    'No tables are named: give --dataset, --input, or the setting `dataset`.',
  );
}
