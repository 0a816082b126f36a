/** Returns the slope of the line through samples by least squares, in `value` per `hour`; NaN for fewer than two. */
export function slopeOf(samples: ReadonlyArray<{ readonly hour: number; readonly value: number }>): number {
  const count = samples.length;
  if (count < 2) return Number.NaN;
  const meanHour = samples.reduce((sum, { hour }) => sum + hour, 0) / count;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count;
  let product = 0;
  let square = 0;
  for (const { hour, value } of samples) {
    product += (hour - meanHour) * (value - meanValue);
    square += (hour - meanHour) ** 2;
  }
  return product / square;
}
