import { type EventName } from '../../gateway/audit/record/store.js';
import { auditEventSchema, type ShownEvent } from './audit-events.schema.js';

/** The name of an event, as the id of its node has it. */
export function eventKeyOf({ op_id, stage }: EventName): string {
  return `${op_id}.${stage}`;
}

/** Null if the text does not name an event. */
export function eventNameIn(key: string): EventName | null {
  const [, op_id = '', stage = ''] =
    /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([a-z_]+)$/.exec(key) ?? [];
  const { data } = auditEventSchema.shape.stage.safeParse(stage);
  return data === undefined ? null : { op_id, stage: data satisfies ShownEvent['stage'] };
}
