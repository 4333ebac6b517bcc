import { type Head } from './event.js';
import { type StoredRecord } from './record.js';

export type Row = Readonly<Record<string, unknown>>;

export function storedRecord(row: Row): StoredRecord {
  return { position: Number(row['position']), body: text(row, 'body'), hash: text(row, 'hash') };
}

export function headOf(row: Row): Head {
  return { writer: text(row, 'writer'), seq: Number(row['seq']), hash: text(row, 'hash') };
}

function text(row: Row, column: string): string {
  return String(row[column]);
}
