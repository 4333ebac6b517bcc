/** A table that can be pasted into a page: the first `texts` columns are aligned to the left, the others to the right. */
export function markdown(rows: readonly (readonly string[])[], texts = 1): string {
  const [header = [], ...others] = rows;
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (column < texts ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column < texts ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(header), line(rule), ...others.map(line)].join('\n');
}

/** Removes the columns that are empty in all rows but the first. */
export function withoutEmptyColumns(rows: readonly (readonly string[])[]): string[][] {
  const isUsed = (column: number) => rows.slice(1).some((row) => row[column] !== '');
  return rows.map((row) => row.filter((_, column) => isUsed(column)));
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
