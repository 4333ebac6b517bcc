/** The value that the fraction `part` of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
  if (value === undefined) throw new Error('There are no values');
  return value;
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = (sorted.length - 1) / 2;
  return (quantileAt(sorted, Math.floor(middle)) + quantileAt(sorted, Math.ceil(middle))) / 2;
}

function quantileAt(sorted: Float64Array, index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new Error('There are no values');
  return value;
}
