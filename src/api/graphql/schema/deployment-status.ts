import { registerEnumType } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { type z } from 'zod';
import { statusSchema } from '../../../domain/cloudflare/reported.js';
import { enumOf } from './enum-of.js';

export const DeploymentStatus = enumOf(statusSchema.unwrap().options);
export type DeploymentStatus = z.output<typeof statusSchema>;

registerEnumType(DeploymentStatus, {
  name: 'DeploymentStatus',
  description: 'The progress of a deployment to the edge of Cloudflare, or of a removal from it.',
  valuesMap: {
    INITIALIZING: { description: 'Cloudflare has received it.' },
    PENDING_DEPLOYMENT: { description: 'It is being deployed.' },
    ACTIVE: { description: 'It is deployed.' },
    PENDING_DELETION: { description: 'It is being removed.' },
    DELETED: { description: 'It is removed.' },
    DEPLOYMENT_TIMED_OUT: { description: 'It was not deployed in time.' },
    DELETION_TIMED_OUT: { description: 'It was not removed in time.' },
    UNKNOWN: { description: 'A status that this version of the gateway does not know.' },
  },
});

/** The things in one of these statuses; without a list, all but the deleted ones. */
export function inStatus<T extends { readonly status: DeploymentStatus }>(
  all: readonly T[],
  statuses: readonly DeploymentStatus[] | null | undefined,
): T[] {
  return all.filter(({ status }) => (statuses ? statuses.includes(status) : status !== 'deleted'));
}

/** @throws GraphQLError `INVALID_INPUT` for UNKNOWN, which stands for many statuses */
export function refuseUnknown(statuses: readonly DeploymentStatus[] | null | undefined): void {
  if (!statuses?.includes('unknown')) return;
  const message =
    '`status` cannot contain UNKNOWN, which stands for any status that the gateway does not know.';
  throw new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } });
}
