import { bodyOf, parseObject } from '../body.js';
import type { Answer, Call } from '../context.js';
import { invalid } from '../refusal.js';
import type { JobResource } from '../upload-sessions.js';
import { check, create, newContent } from './upload.js';

/** Job and content in one request ("Upload files", multipart upload). */
export async function multipart(call: Call): Promise<Answer> {
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
  check(context, job);
  const content = newContent(context);
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
