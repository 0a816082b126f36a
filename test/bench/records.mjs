// The records of the target benchmarks: what our tap prints for survey answers, identical on every machine.

const STREAM = 'bench_delighted-data';
const nullable = (type) => ({ type: ['null', type] });

const SCHEMA = {
  type: 'object',
  properties: {
    event_type: nullable('string'),
    event_id: nullable('string'),
    event_data: {
      type: ['null', 'object'],
      properties: {
        id: nullable('string'),
        score: nullable('integer'),
        comment: nullable('string'),
        tags: { type: ['null', 'array'], items: nullable('string') },
      },
    },
    _sdc_received_at: { type: 'string', format: 'date-time' },
    _sdc_batched_at: { type: ['null', 'string'], format: 'date-time' },
    _sdc_sequence: { type: 'integer' },
    _sdc_table_version: { type: 'integer' },
    _sdc_inbox: { type: 'string' },
    _sdc_position: { type: 'integer' },
  },
  'x-sdc-identity': ['_sdc_inbox', '_sdc_position'],
};

/** Yields chunks of lines: one SCHEMA, then `count` RECORDs with a STATE after every 10,000. */
export function* singerLines(count) {
  yield `${JSON.stringify({ type: 'SCHEMA', stream: STREAM, schema: SCHEMA, key_properties: ['event_id'] })}\n`;
  let lines = '';
  for (let position = 1; position <= count; position += 1) {
    lines += recordLine(position);
    if (position % 1000 === 0) {
      yield lines;
      lines = '';
    }
    if (position % 10_000 === 0) yield stateLine(position);
  }
  yield lines;
}

function recordLine(position) {
  const received = 1_780_000_000_000 + position;
  const at = new Date(received).toISOString();
  return (
    `{"type":"RECORD","stream":"${STREAM}","record":{"event_type":"survey_response.created","event_id":"e${position}",` +
    `"event_data":{"id":"${position % 5000}","score":${position % 11},"comment":"Quick answer, thanks","tags":["a","b"]},` +
    `"_sdc_received_at":"${at}","_sdc_sequence":${received},"_sdc_table_version":0,` +
    `"_sdc_inbox":"bench","_sdc_position":${position}},"time_extracted":"${at}"}\n`
  );
}

function stateLine(position) {
  const bookmark = { position, inbox: 'bench', check: '0000000000000000' };
  return `${JSON.stringify({ type: 'STATE', value: { bookmarks: { [STREAM]: bookmark } } })}\n`;
}
