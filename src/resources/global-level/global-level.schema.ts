import { z } from 'zod';
import { dateTimeSchema, orNull } from '../../domain/cloudflare/reported.js';

const valueSchema = z.enum(['on', 'off']);
const valueDescription = 'Whether the global level of authenticated origin pulls is `on` or `off`.';

export const globalLevelExample = {
  id: 'tls_client_auth',
  value: 'on',
  editable: true,
  modified_on: '2026-01-12T09:30:00.000Z',
};

/** Whether Cloudflare presents the certificate that all its customers share to the origins of a zone: one of Cloudflare's zone settings. */
export const globalLevelSchema = z
  .object({
    id: orNull(z.string()).describe("Cloudflare's name of the setting: `tls_client_auth`."),
    value: orNull(valueSchema).describe(valueDescription),
    editable: orNull(z.boolean()).describe('Whether the plan of the zone allows to change it.'),
    modified_on: dateTimeSchema.describe('When it was last changed; null: never.'),
  })
  .meta({ id: 'GlobalLevel' });

/** The body of an update, for the documentation only: Cloudflare validates it. */
export const updateGlobalLevelSchema = z
  .looseObject({ value: valueSchema.describe(valueDescription) })
  .meta({ id: 'UpdateGlobalLevel', example: { value: 'on' } });
