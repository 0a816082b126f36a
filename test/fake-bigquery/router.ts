import type { IncomingMessage } from 'node:http';
import type { Answer, Call } from './context.js';
import type { RequestKind } from './requests.js';
import * as datasets from './routes/datasets.js';
import * as jobs from './routes/jobs.js';
import * as queries from './routes/queries.js';
import * as tables from './routes/tables.js';
import { upload } from './routes/upload.js';

export type Handler = (call: Call) => Promise<Answer>;

interface Route {
  readonly method: string;
  /** Path after the project. */
  readonly path: RegExp;
  readonly kind: RequestKind;
  readonly handler: Handler;
}

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/datasets$/, kind: 'datasets.list', handler: datasets.list },
  { method: 'POST', path: /^\/datasets$/, kind: 'datasets.insert', handler: datasets.insert },
  { method: 'GET', path: /^\/datasets\/([^/]+)$/, kind: 'datasets.get', handler: datasets.get },
  { method: 'PATCH', path: /^\/datasets\/([^/]+)$/, kind: 'datasets.patch', handler: datasets.patch },
  { method: 'GET', path: /^\/datasets\/([^/]+)\/tables$/, kind: 'tables.list', handler: tables.list },
  { method: 'POST', path: /^\/datasets\/([^/]+)\/tables$/, kind: 'tables.insert', handler: tables.insert },
  { method: 'GET', path: /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, kind: 'tables.get', handler: tables.get },
  {
    method: 'PATCH',
    path: /^\/datasets\/([^/]+)\/tables\/([^/]+)$/,
    kind: 'tables.patch',
    handler: tables.patch,
  },
  { method: 'GET', path: /^\/jobs$/, kind: 'jobs.list', handler: jobs.list },
  { method: 'POST', path: /^\/jobs$/, kind: 'jobs.insert', handler: jobs.insert },
  { method: 'GET', path: /^\/jobs\/([^/]+)$/, kind: 'jobs.get', handler: jobs.get },
  { method: 'POST', path: /^\/queries$/, kind: 'queries.run', handler: queries.run },
  { method: 'GET', path: /^\/queries\/([^/]+)$/, kind: 'queries.results', handler: queries.results },
];

const DATA = /^\/bigquery\/v2\/projects\/([^/]+)(\/.*)$/;
const UPLOAD = /^\/upload\/bigquery\/v2\/projects\/([^/]+)\/jobs$/;

export interface Matched {
  readonly kind: RequestKind;
  readonly project: string;
  readonly params: readonly string[];
  readonly handler: Handler;
}

/** Returns the route of a request; undefined for a path or a method that the service does not have. */
export function route(message: IncomingMessage, url: URL): Matched | undefined {
  const uploadTo = UPLOAD.exec(url.pathname);
  if (uploadTo) return routeUpload(message, url, decodeURIComponent(uploadTo[1] ?? ''));
  const [, project = '', rest = ''] = DATA.exec(url.pathname) ?? [];
  for (const { method, path, kind, handler } of ROUTES) {
    const match = method === message.method ? path.exec(rest) : null;
    if (match === null) continue;
    return {
      kind,
      handler,
      project: decodeURIComponent(project),
      params: match.slice(1).map(decodeURIComponent),
    };
  }
  return undefined;
}

function routeUpload({ method }: IncomingMessage, url: URL, project: string): Matched | undefined {
  if (method !== 'POST' || url.searchParams.get('uploadType') !== 'multipart') return undefined;
  return { project, params: [], kind: 'upload', handler: upload };
}
