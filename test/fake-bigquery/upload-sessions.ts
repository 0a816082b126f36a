import { randomUUID } from 'node:crypto';
import type { Content } from './content.js';
import { Refusal } from './refusal.js';

/** "Job", as far as an upload says it. */
export interface JobResource {
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
  readonly configuration?: Record<string, unknown>;
}

/** One resumable upload ("Upload files", resumable upload). */
export interface Session {
  readonly id: string;
  readonly job: JobResource;
  readonly content: Content;
  /** Bytes of the whole, once they are known. */
  total: number | undefined;
  /** Of the job that it became. */
  jobId: string | undefined;
}

export class Sessions {
  readonly #all = new Map<string, Session>();

  begin(job: JobResource, content: Content, total: number | undefined): Session {
    const session: Session = { id: randomUUID(), job, content, total, jobId: undefined };
    this.#all.set(session.id, session);
    return session;
  }

  /** @throws Refusal 404 for one that is not there, or is forgotten. */
  get(id: string | null): Session {
    const session = this.#all.get(id ?? '');
    if (session === undefined) throw new Refusal(404, 'notFound', 'Upload session not found.');
    return session;
  }

  drop({ id }: Session): void {
    this.#all.delete(id);
  }

  /** All sessions are lost, as after a week ("Upload files", resumable upload). */
  forget(): void {
    this.#all.clear();
  }
}
