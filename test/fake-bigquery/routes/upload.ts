import { bodyOf, parseObject } from '../body.js';
import { type Content, CountedContent, KeptContent } from '../content.js';
import type { Answer, Call } from '../context.js';
import { checkLoadSpec } from '../load-job.js';
import { invalid } from '../refusal.js';
import { createLoadJob, type JobResource, loadOf, runLoad } from '../run-load.js';

/** Takes a load job and its content in one request ("Upload files", multipart upload). */
export async function upload(call: Call): Promise<Answer> {
  const { context, message } = call;
  const boundary = /boundary="?([^";]+)"?/i.exec(message.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw invalid('The multipart body has no boundary.');
  const chunks: Buffer[] = [];
  for await (const chunk of bodyOf(call)) {
    chunks.push(chunk);
    context.requests.received(chunk.length);
  }
  const parts = partsOf(Buffer.concat(chunks), boundary);
  if (parts.length !== 2) throw invalid('The multipart body has not two parts.');
  const job = parseObject(String(parts[0])) as JobResource;
  call.request.body = job;
  checkLoadSpec(loadOf(job));
  context.jobs.checkId(job.jobReference?.jobId);
  const content = context.settings.keepRows ? new KeptContent() : new CountedContent();
  content.add(parts[1] as Buffer);
  return create(call, job, content);
}

function partsOf(body: Buffer, boundary: string): Buffer[] {
  const mark = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  let from = body.indexOf(mark);
  for (;;) {
    const end = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), from);
    if (from < 0 || end < 0) return parts;
    const head = body.indexOf('\r\n\r\n', from);
    parts.push(body.subarray(head + 4, end));
    from = end + 2;
  }
}

/** Creates the job after all content has arrived, or later when a fault delays it. */
async function create({ context, fault }: Call, job: JobResource, content: Content): Promise<Answer> {
  if (fault?.do !== 'late') {
    const made = createLoadJob(context, job);
    void runLoad(context, made, loadOf(job), content);
    return { status: 200, body: context.jobs.resource(made) };
  }
  fault.late.park(async () => {
    try {
      const made = createLoadJob(context, job);
      await runLoad(context, made, loadOf(job), content);
      return true;
    } catch {
      return false; // a later upload took its id
    }
  });
  return { status: 200, lost: true };
}
