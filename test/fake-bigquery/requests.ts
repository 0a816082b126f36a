/** What a request is for. */
export type RequestKind =
  | 'datasets.list'
  | 'datasets.get'
  | 'datasets.insert'
  | 'datasets.patch'
  | 'tables.list'
  | 'tables.get'
  | 'tables.insert'
  | 'tables.patch'
  | 'jobs.list'
  | 'jobs.get'
  | 'jobs.insert'
  | 'queries.run'
  | 'queries.results'
  | 'upload'
  | 'unknown';

export interface FakeRequest {
  readonly kind: RequestKind;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  /** Parsed body of a request that has a JSON body; set once it was read. */
  body?: unknown;
  /** Status of the answer; 0 while there is none, and when it was lost. */
  status: number;
}

/** Something that happens in the server. A test can act at that very moment. */
export type FakeEvent =
  | { readonly type: 'request'; readonly request: FakeRequest }
  /** Bytes of upload content have arrived; `total` counts all uploads together. */
  | { readonly type: 'bytes'; readonly total: number }
  | { readonly type: 'job-created'; readonly jobId: string }
  /** The rows of the job are in the table. */
  | { readonly type: 'job-committed'; readonly jobId: string }
  | { readonly type: 'job-failed'; readonly jobId: string }
  /** The last byte of an answer went out, or the answer was lost. */
  | { readonly type: 'answered'; readonly request: FakeRequest };

/** All requests in order, and the events of the server. Tests wait for these, not for a time. */
export class Requests {
  readonly all: FakeRequest[] = [];
  readonly #listeners = new Set<(event: FakeEvent) => void>();
  #bytes = 0;

  emit(event: FakeEvent): void {
    if (event.type === 'request') this.all.push(event.request);
    for (const listener of this.#listeners) listener(event);
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    this.emit({ type: 'bytes', total: this.#bytes });
  }

  ofKind(...kinds: readonly RequestKind[]): FakeRequest[] {
    return this.all.filter(({ kind }) => kinds.includes(kind));
  }

  /** Adds a listener, which runs before the server continues. @returns a function that removes it. */
  on(listener: (event: FakeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the `count`-th matching event from now on. */
  next(fits: (event: FakeEvent) => boolean, count = 1): Promise<FakeEvent> {
    return new Promise((resolve) => {
      let left = count;
      const off = this.on((event) => {
        if (!fits(event)) return;
        left -= 1;
        if (left > 0) return;
        off();
        resolve(event);
      });
    });
  }

  /** Resolves at the `count`-th request of that kind from now on, before it is served. */
  nextRequest(kind: RequestKind, count = 1): Promise<FakeEvent> {
    return this.next((event) => event.type === 'request' && event.request.kind === kind, count);
  }

  /** Resolves when that many bytes of content have arrived from now on. */
  bytesReceived(bytes: number): Promise<FakeEvent> {
    const wanted = this.#bytes + bytes;
    return this.next((event) => event.type === 'bytes' && event.total >= wanted);
  }

  /** Resolves at the `count`-th job from now on whose rows are in the table. */
  nextCommit(count = 1): Promise<FakeEvent> {
    return this.next((event) => event.type === 'job-committed', count);
  }
}
