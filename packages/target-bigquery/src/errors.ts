import { EXIT, systemCode, ToolkitError } from '@tap-webhooks/singer';
import { ServiceError } from './api/service-error.js';
import { nameOf, type TableRef } from './table-ref.js';

/** A text of the service, to end a sentence with: on one line, and cut when it is long. */
function said(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

/** What an error says, for a warning: on one line, and cut when it is long. */
export function saidBy(cause: unknown): string {
  return cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 300) : String(cause);
}

// The configuration cannot work (exit 1).

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
    `The name of stream ${stream} has no hyphen, so it names no dataset. Set \`dataset\`.`,
  );
}

// The destination refuses (exit 3).

/** The role that has a permission, and what to grant it on. */
function roleFor(permission: string): string {
  return permission.startsWith('bigquery.jobs.')
    ? 'BigQuery Job User on the project'
    : permission === 'bigquery.datasets.create'
      ? 'BigQuery User on the project, or create the dataset yourself'
      : 'BigQuery Data Editor on the dataset';
}

/** What the system calls a failure of its own, such as `ENOSPC`; what Node calls one has underscores. */
const SYSTEM_CODE = /^E[A-Z0-9]+$/;

/** The rows were not written for another reason than the disk: no room on it would help. The cause is not quoted: it may hold data. */
function rowsUnwritable(ref: TableRef, cause: unknown): ToolkitError {
  const { name } = cause instanceof Error ? cause : Error();
  return new ToolkitError(
    'rows_unwritable',
    EXIT.destination,
    `Rows of table ${nameOf(ref)} cannot be written in the form that BigQuery takes (${name}, ${systemCode(cause)}). This is a defect of target-bigquery: please report it.`,
    { cause },
  );
}

/**
 * A call about a table failed for good.
 * @param doing completes "… cannot be", e.g. `loaded`.
 */
export function tableFailed(ref: TableRef, doing: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  if (!(cause instanceof ServiceError))
    return SYSTEM_CODE.test(systemCode(cause)) ? spoolFailed(ref, cause) : rowsUnwritable(ref, cause);
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
      return [
        'destination_missing',
        `it, its dataset or its project does not exist (${said(error.message)})`,
      ];
    case 'transient':
      return [
        'service_unavailable',
        `BigQuery did not answer in time (${error.reason}): start again later, no data is lost`,
      ];
    default:
      return ['service_refused', `BigQuery refuses (${error.reason}: ${said(error.message)})`];
  }
}

/** A call about the project or a dataset failed for good. */
export function datasetFailed(dataset: string, doing: string, cause: unknown): ToolkitError {
  if (cause instanceof ToolkitError) return cause;
  const [code, why] = cause instanceof ServiceError ? explain(cause) : ['dataset_failed', systemCode(cause)];
  return new ToolkitError(code, EXIT.destination, `Dataset ${dataset} cannot be ${doing}: ${why}.`, {
    cause,
  });
}

/** A dataset has to be created, and the config does not say where. Nobody can move it later. */
export function locationMissing(dataset: string): ToolkitError {
  return new ToolkitError(
    'location_missing',
    EXIT.destination,
    `Dataset ${dataset} does not exist, and the setting \`location\` does not say where to create it; a dataset can never be moved. Set \`location\` (for example "EU"), or create the dataset.`,
  );
}

/** An existing table does not match the rows. Nothing was loaded. */
export function tableUnfit(ref: TableRef, problems: readonly string[]): ToolkitError {
  return new ToolkitError(
    'table_unfit',
    EXIT.destination,
    `Table ${nameOf(ref)} already exists and does not match: ${problems.join(' ')} Change it, or load into another dataset.`,
  );
}

/** A load job failed for a reason that another attempt does not change. */
export function jobFailed(ref: TableRef, jobId: string, failure: ServiceError): ToolkitError {
  const [code, why] = explain(failure);
  return new ToolkitError(
    code === 'service_refused' ? 'job_failed' : code,
    EXIT.destination,
    `Load job ${jobId} into table ${nameOf(ref)} failed: ${why}.`,
  );
}

/** Rows are refused, and BigQuery does not say which. */
export function refusedRowsUnknown(ref: TableRef, jobId: string, message: string): ToolkitError {
  return new ToolkitError(
    'refused_rows_unknown',
    EXIT.destination,
    `Load job ${jobId} into table ${nameOf(ref)} failed: BigQuery refuses some rows and does not say which (${said(message)}). Look up the job in the BigQuery console, and correct these rows in the tap.`,
  );
}

/** A job is done, and the table lacks some of its rows. */
export function rowsMissing(ref: TableRef, jobId: string, sent: number, loaded: number): ToolkitError {
  return new ToolkitError(
    'rows_missing',
    EXIT.destination,
    `Load job ${jobId} into table ${nameOf(ref)} added only ${loaded} of ${sent} rows. No state was printed for them. Start again: the tap sends the missing rows again.`,
  );
}

/** Two streams of one run would load into the same table. */
export function namesClash(stream: string, other: string, ref: TableRef): ToolkitError {
  return new ToolkitError(
    'names_clash',
    EXIT.destination,
    `Streams ${other} and ${stream} would both be loaded into ${nameOf(ref)}. Rename one of them in the tap, or load them into different datasets.`,
  );
}

/** The folder for rows that are being loaded cannot be used. */
export function spoolFailed(ref: TableRef, cause: unknown): ToolkitError {
  return new ToolkitError(
    'spool_failed',
    EXIT.destination,
    `Rows of table ${nameOf(ref)} cannot be written to the folder spool_path (${systemCode(cause)}). Free some space, or set spool_path to another folder.`,
    { cause },
  );
}

// Another process uses it (exit 4).

/** Another process of this machine, with the same spool folder, has the table open. */
export function tableLocked(stream: string, ref: TableRef, path: string): ToolkitError {
  return new ToolkitError(
    'table_locked',
    EXIT.locked,
    `Table ${nameOf(ref)} of stream ${stream} is being loaded by another process, which holds the lock ${path}. Stop that process first.`,
  );
}

// The Storage Write API (exit 1, exit 3).

/** Rows for an emulator would go to Google. */
export function storageEndpointMissing(): ToolkitError {
  return new ToolkitError(
    'storage_endpoint_missing',
    EXIT.config,
    'With api_endpoint and method storage_write_api, storage_api_endpoint is needed too. Set it to the host and port of the Storage Write API of the emulator.',
  );
}

/** Another process created a write stream for the table, and so ended the one of this process. */
export function streamTaken(ref: TableRef): ToolkitError {
  return new ToolkitError(
    'stream_taken',
    EXIT.destination,
    `Table ${nameOf(ref)} is being loaded by another process, which ended the write stream of this one. Stop one of the two: the tap sends the missing rows again.`,
  );
}

/** Several write streams in a row disappeared, or lost rows. */
export function streamLost(ref: TableRef): ToolkitError {
  return new ToolkitError(
    'stream_lost',
    EXIT.destination,
    `Several write streams of table ${nameOf(ref)} were lost, one after the other. Start again later, or set \`method\` to batch_job.`,
  );
}

// `--check` and `dbt-sources`.

/** Reasons of the service that do not mean a missing permission, although it answers 403. */
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
