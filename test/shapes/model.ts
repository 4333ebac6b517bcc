import { dates, hostnames } from './documented.js';
import { type Shape } from './shapes.js';

/** What an answer means: done, refused, failed upstream, or not understandable. */
export type Verdict = 'done' | 'refused' | 'failed' | 'nothing';

type Thing = Readonly<Record<string, unknown>>;

export function verdictOf({ status, text, isCut }: Shape): Verdict {
  if (isCut || (status >= 300 && status < 400)) return 'nothing';
  const envelope = envelopeIn(text);
  if (status >= 400 && status < 500) return 'refused';
  if (envelope === null) return 'nothing';
  if (status >= 500) return 'failed';
  if (envelope['success'] === true) return 'done';
  return envelope['success'] === false ? 'refused' : 'nothing';
}

/** Whether an envelope says that the caller may not do this: no shape here says that the credential is unknown. */
export function lacksPermission({ status, text, isCut }: Shape): boolean {
  return status === 403 && !isCut && envelopeIn(text) !== null;
}

export function envelopeIn(text: string): Thing | null {
  try {
    const value: unknown = JSON.parse(text);
    return isThing(value) ? value : null;
  } catch {
    return null;
  }
}

const words = [
  'the first reason',
  'a number as text',
  'no code',
  'a text alone',
  'one object',
  'among the messages',
  'among odd ones',
  'chained',
  'said apart',
  'an array alone',
  'a text in JSON',
  'error code: 1015',
];

/** The messages of upstream in an answer that is not a success. */
export function wordsIn(shape: Shape): string[] {
  return shape.isCut || verdictOf(shape) === 'done' ? [] : words.filter((each) => shape.text.includes(each));
}

/** The codes of upstream, without those of an error chain. */
export function codesIn({ text }: Shape): number[] {
  return Array.from(text.matchAll(/"code":"?(\d{4,5})/g), ([, code]) => Number(code));
}

export function resultIn({ text }: Shape): unknown {
  return envelopeIn(text)?.['result'];
}

/** The only item that a result is or holds; undefined where there is not exactly one. */
export function oneIn(result: unknown): unknown {
  if (!Array.isArray(result)) return result;
  return result.length === 1 ? (result[0] as unknown) : undefined;
}

/** The items of a list; null where it is not a list, or an item cannot be read. */
export function listIn(shape: Shape, isReadable: (item: unknown) => boolean): Thing[] | null {
  const result = resultIn(shape);
  if (result === null) return [];
  return Array.isArray(result) && result.every(isReadable) ? (result as Thing[]) : null;
}

/** The largest counts of items and of pages that the answers announce. */
export function promisedBy({ text }: Shape): { things: number; pages: number } {
  const info = (envelopeIn(text)?.['result_info'] ?? {}) as Thing;
  const number = (name: string) => (/^\d+$/.test(String(info[name])) ? Number(info[name]) : 0);
  return { things: Math.max(number('count'), number('total_count')), pages: number('total_pages') };
}

export function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const isCertificate = (item: unknown): item is Thing => isThing(item) && isText(item['id']);

export const isAssociation = (item: unknown): item is Thing =>
  isThing(item) &&
  isText(item['hostname']) &&
  (isNothing(item['cert_id']) || typeof item['cert_id'] === 'string') &&
  isSwitch(item);

export const isSwitch = (item: unknown): item is Thing =>
  isThing(item) && (isNothing(item['enabled']) || typeof item['enabled'] === 'boolean');

export const isOnOrOff = (item: unknown): item is Thing =>
  isThing(item) && (item['value'] === 'on' || item['value'] === 'off');

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const isNothing = (value: unknown) => value === null || value === undefined;

export function canonical(name: unknown): string {
  const [first] = hostnames.find((spellings) => spellings.includes(name as string)) ?? [String(name)];
  return first;
}

/** A certificate as GraphQL shows it. */
export function certificateShown(wire: Thing) {
  return {
    id: wire['id'],
    status: statusShown(wire['status']),
    certificate: text(wire['certificate']),
    issuer: text(wire['issuer']),
    ...serialShown(wire['serial_number']),
    signature: text(wire['signature']),
    uploadedOn: date(wire['uploaded_on']),
    expiresOn: date(wire['expires_on']),
  };
}

/** An association as a list shows it. */
export function associationShown(wire: Thing) {
  const { cert_id: id = null } = wire;
  return { ...switchedShown(wire), certificate: id === null ? null : { id } };
}

/** A hostname by itself, with its certificate. */
export function hostnameShown(wire: Thing) {
  const { cert_id: id = null, cert_status: status, cert_uploaded_on: uploaded_on } = wire;
  const certificate = id === null ? null : certificateShown({ ...wire, id, status, uploaded_on });
  return { ...switchedShown(wire), certificate };
}

function switchedShown(wire: Thing) {
  return {
    name: canonical(wire['hostname']),
    enabled: wire['enabled'] ?? null,
    status: statusShown(wire['status']),
    createdAt: date(wire['created_at']),
    updatedAt: date(wire['updated_at']),
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : null);
const date = (value: unknown) => (typeof value === 'string' ? (dates.get(value) ?? null) : null);

const known = ['initializing', 'pending_deployment', 'active', 'pending_deletion', 'deleted'];
const statusShown = (value: unknown) =>
  known.includes(value as string) ? String(value).toUpperCase() : 'UNKNOWN';

function serialShown(value: unknown) {
  const serialNumber = Number.isSafeInteger(value) ? String(value) : text(value);
  if (serialNumber === null || !/^-?\d+$/.test(serialNumber)) return { serialNumber, serialNumberHex: null };
  const digits = BigInt(serialNumber.replace('-', '')).toString(16);
  const bytes = digits.padStart(digits.length + (digits.length % 2), '0');
  return { serialNumber, serialNumberHex: serialNumber.startsWith('-') ? `-${bytes}` : bytes };
}
