import { bodyOf, Cut, jsonBody } from '../body.js';
import { type Content, CountedContent, KeptContent } from '../content.js';
import type { Answer, Call, Context } from '../context.js';
import { checkLoadSpec } from '../load-job.js';
import { invalid } from '../refusal.js';
import { createLoadJob, loadOf, runLoad } from '../run-load.js';
import type { JobResource, Session } from '../upload-sessions.js';
import { CHUNK_UNIT, extentOf, rangeOf } from './content-range.js';

/** Begins a session: no job yet, though an id that is taken is refused already. */
export async function begin(call: Call): Promise<Answer> {
  const { context, message, origin, request } = call;
  const job = (await jsonBody(call)) as JobResource;
  check(context, job);
  const length = message.headers['x-upload-content-length'];
  const session = context.sessions.begin(
    job,
    newContent(context),
    length === undefined ? undefined : Number(length),
  );
  const location = `${origin}${request.path}?uploadType=resumable&upload_id=${session.id}`;
  return { status: 200, headers: { location, 'x-guploader-uploadid': session.id } };
}

/** A piece of the content, or a question how much has come in. */
export async function put(call: Call): Promise<Answer> {
  const { context, message, request } = call;
  const session = context.sessions.get(request.query.get('upload_id'));
  const range = rangeOf(message);
  if (session.jobId !== undefined || range?.[1] === undefined) await drain(call);
  if (session.jobId !== undefined) return answerJob(context, session.jobId);
  if (message.headers['content-range'] !== undefined && !range)
    throw invalid('Failed to parse Content-Range header.');
  if (range && range[1] === undefined) return isWhole(session) ? finish(call, session) : progress(session);
  const { first, length, total } = extentOf(message, session, range);
  const before = session.content.size;
  if (first !== before) {
    await drain(call);
    throw invalid(`Invalid request. The upload has ${before} bytes, the request begins at byte ${first}.`);
  }
  if (total !== undefined) session.total = total;
  await receive(call, session, before);
  if (session.content.size - before !== length) {
    session.content.cutTo(before);
    throw invalid('Invalid request. The body is not as long as Content-Range says.');
  }
  if (isWhole(session)) return finish(call, session);
  return progress(session);
}

export function check(context: Context, job: JobResource): void {
  checkLoadSpec(loadOf(job));
  context.jobs.checkId(job.jobReference?.jobId);
}

export function newContent({ settings }: Context): Content {
  return settings.keepRows ? new KeptContent() : new CountedContent();
}

function isWhole({ content, total }: Session): boolean {
  return total !== undefined && content.size >= total;
}

/** Of a piece that is cut, whole units stay. */
async function receive(call: Call, session: Session, before: number): Promise<void> {
  const { content } = session;
  try {
    for await (const chunk of bodyOf(call)) {
      content.add(chunk);
      call.context.requests.received(chunk.length);
    }
  } catch (error) {
    const kept = content.size - (content.size % CHUNK_UNIT);
    if (error instanceof Cut && !content.cutTo(Math.max(before, kept))) call.context.sessions.drop(session);
    throw error;
  }
}

async function drain(call: Call): Promise<void> {
  for await (const _ of bodyOf(call));
}

function progress({ content: { size } }: Session): Answer {
  return { status: 308, ...(size > 0 ? { headers: { range: `bytes=0-${size - 1}` } } : {}) };
}

async function finish(call: Call, session: Session): Promise<Answer> {
  const answer = await create(call, session.job, session.content);
  if (answer.lost) call.context.sessions.drop(session);
  session.jobId = (answer.body as { jobReference?: { jobId: string } } | undefined)?.jobReference?.jobId;
  return answer;
}

/** All content is there: now there is a job, or, when a fault delays it, there will be. */
export async function create(call: Call, job: JobResource, content: Content): Promise<Answer> {
  const { context, fault } = call;
  if (fault?.do !== 'late') {
    const made = createLoadJob(context, job);
    void runLoad(context, made, loadOf(job), content);
    return answerJob(context, made.id);
  }
  fault.late.park(async () => {
    try {
      const made = createLoadJob(context, job);
      await runLoad(context, made, loadOf(job), content);
      return true;
    } catch {
      return false; // its id is taken by the upload that came after it
    }
  });
  return { status: 200, lost: true };
}

function answerJob({ jobs }: Context, id: string): Answer {
  const job = jobs.all.get(id);
  return job === undefined ? { status: 404 } : { status: 200, body: jobs.resource(job) };
}
