import { changedIn, unreadable } from '../graphql/results.js';
import { type Answer } from '../upstream/answer.js';
import { type certificateSchema } from './certificate.schema.js';

/**
 * The certificate with this id in the answer to its deletion.
 *
 * @throws GraphQLError if Cloudflare refused, or answered without the certificate
 */
export function deletedIn<T extends typeof certificateSchema>(answer: Answer, schema: T, id: string) {
  const deleted = changedIn(answer, schema).find((each) => each.id?.toLowerCase() === id.toLowerCase());
  if (!deleted) throw unreadable(answer, 'without the certificate that was deleted');
  return deleted;
}
