import type { Seeded } from '../../helpers/seeded.js';

const MOST_CHANGES = 4;
const ODD_BYTES = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xed, 0xef, 0xff];

/** Returns one of the inputs with a few changes: bits flipped, bytes removed, repeated, or taken from another input, words put in. */
export function mutated(random: Seeded, inputs: readonly Buffer[], words: readonly string[]): Buffer {
  let bytes = random.pick(inputs);
  for (let left = 1 + random.below(MOST_CHANGES); left > 0; left -= 1) {
    const at = random.below(bytes.length + 1);
    const length = random.below(Math.min(32, bytes.length - at + 1));
    bytes = changed(random, bytes, at, length, inputs, words);
  }
  return bytes;
}

function changed(
  random: Seeded,
  bytes: Buffer,
  at: number,
  length: number,
  inputs: readonly Buffer[],
  words: readonly string[],
): Buffer {
  const before = bytes.subarray(0, at);
  const piece = bytes.subarray(at, at + length);
  const after = bytes.subarray(at + length);
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, piece, piece, after]);
    case 2:
      return Buffer.concat([before, Buffer.of(random.pick(ODD_BYTES)), after]);
    case 3:
      return Buffer.concat([before, Buffer.from(random.pick(words)), piece, after]);
    case 4:
      return Buffer.concat([before, Buffer.from(random.pick(words)), after]);
    case 5: {
      const other = random.pick(inputs);
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))]);
    }
    default:
      return Buffer.concat([before, piece.map((byte) => byte ^ (1 << random.below(8))), after]);
  }
}
