import { z } from 'zod';

/** Who asks, and what that caller may do. */
export const viewerSchema = z
  .object({
    actor: z
      .string()
      .describe(
        'The id that the audit log knows the caller by. In managed mode `<issuer>|<sub>` or `key|<name>`; else the fingerprint of the credential.',
      ),
    name: z.string().nullable().describe('What people know the caller by. Null if the token does not say.'),
    roles: z
      .array(z.string())
      .describe('The roles of the caller. Empty where Cloudflare decides what a credential may do.'),
    zones: z
      .array(z.string())
      .describe(
        "Cloudflare's identifiers of the zones that the roles are for; `*` stands for all. Empty where Cloudflare decides.",
      ),
  })
  .meta({ id: 'Viewer' });

export type ViewerFields = z.output<typeof viewerSchema>;

export const viewerExample: ViewerFields = {
  actor: 'access|0d1c9f2e',
  name: 'ada@example.com',
  roles: ['operator'],
  zones: ['023e105f4ecef8ad9ca31a8372d0c353'],
};
