import { z } from 'zod';
import { rfc3339Of } from '../../platform/context/rfc3339.js';

/** A member of an answer. Null if Cloudflare leaves it out or sends another type than its documentation names. */
export const orNull = <T extends z.ZodType>(schema: T) => schema.nullable().catch(null);

/** A date and time, converted to RFC 3339; null if it cannot be read. */
export const dateTimeSchema = z
  .preprocess((value) => (typeof value === 'string' ? rfc3339Of(value) : null), z.string().nullable())
  .catch(null);

/** The status of a certificate or an association. `unknown` stands for a status that this version does not know. */
export const statusSchema = z
  .enum([
    'initializing',
    'pending_deployment',
    'active',
    'pending_deletion',
    'deleted',
    'deployment_timed_out',
    'deletion_timed_out',
    'unknown',
  ])
  .catch('unknown');
