// The yardstick of the target's benchmark: reads stdin, finds the line ends, and does JSON.parse on each line.
let rest = Buffer.alloc(0);
let lines = 0;
process.stdin.on('data', (chunk) => {
  const buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
  let start = 0;
  for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
    JSON.parse(buffer.toString('utf8', start, end));
    lines += 1;
    start = end + 1;
  }
  rest = buffer.subarray(start);
});
process.stdin.on('end', () => console.log(lines));
