import { Extensions, Field, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { type z } from 'zod';
import { associationSchema } from '../associations/association.schema.js';
import { canonicalNameOf } from '../associations/associations.js';
import { type CamelCased } from '../../api/graphql/results/camel-cased.js';
import { isPage, mayHold } from '../../api/graphql/limits/operation-size.js';
import { PageInfo } from '../../api/graphql/results/page-info.js';
import { DeploymentStatus } from '../../api/graphql/schema/deployment-status.js';
import { Node } from '../../api/graphql/schema/node.js';
import { nodeIdOf } from '../../api/graphql/schema/node-id.js';
import { DateTime } from '../../api/graphql/schema/scalars.js';
import { SchemaField } from '../../api/graphql/schema/schema-field.js';
import { Payload } from '../zone/payload.js';
import { type hostnameResultSchema } from './hostnames.schema.js';

const { shape } = associationSchema;

export type AssociationFields = CamelCased<z.output<typeof associationSchema>>;
export type HostnameFields = CamelCased<z.output<typeof hostnameResultSchema>>;

@ObjectType({ implements: () => Node, description: 'A hostname that is associated with a certificate.' })
export class Hostname {
  @SchemaField(shape.hostname, () => String, { nullable: false })
  name!: string;

  @SchemaField(shape.enabled)
  enabled!: boolean | null;

  @SchemaField(shape.status, () => DeploymentStatus, {
    nullable: false,
    description: 'The progress of the association. Its certificate has a status of its own.',
  })
  status!: DeploymentStatus;

  @SchemaField(shape.created_at, () => DateTime)
  createdAt!: string | null;

  @SchemaField(shape.updated_at, () => DateTime)
  updatedAt!: string | null;

  /** The zone and the certificate of the association, of which its other fields are read. */
  zoneId!: string;
  certId!: string | null;
  /** The members of its certificate in the answer for one hostname; null if it comes from the list. */
  details!: HostnameFields | null;

  get id(): string {
    return nodeIdOf({ zoneId: this.zoneId, kind: 'hostname', key: this.name });
  }

  static fromList(zoneId: string, { hostname, ...fields }: AssociationFields): Hostname {
    return Object.assign(new Hostname(), fields, {
      zoneId,
      name: canonicalNameOf({ hostname }),
      details: null,
    });
  }

  static from(zoneId: string, details: HostnameFields): Hostname {
    return Object.assign(Hostname.fromList(zoneId, details), { details });
  }
}

@ObjectType({ description: 'A hostname and its position in the list.' })
export class HostnameEdge {
  @Field(() => String, { description: 'Opaque. It stays valid while associations are added and removed.' })
  cursor!: string;

  @Field(() => Hostname, { description: 'The hostname.' })
  node!: Hostname;
}

@ObjectType({ description: 'A page of hostnames, in the order of their names (Relay cursor connections).' })
export class HostnameConnection {
  @Extensions(isPage)
  @Field(() => [HostnameEdge], { description: 'The hostnames of this page, with their cursors.' })
  edges!: HostnameEdge[];

  @Extensions(isPage)
  @Field(() => [Hostname], { description: 'The hostnames of this page.' })
  nodes!: Hostname[];

  @Field(() => PageInfo, { description: 'The position of this page in the list.' })
  pageInfo!: PageInfo;

  @Field(() => Int, { nullable: true, description: 'How many hostnames all pages have.' })
  totalCount!: number | null;
}

export enum HostnameAction {
  ENABLE = 'ENABLE',
  DISABLE = 'DISABLE',
  VOID = 'VOID',
}

registerEnumType(HostnameAction, {
  name: 'HostnameAction',
  description: 'What to do with an association.',
  valuesMap: {
    ENABLE: {
      description: 'Associate the hostname with the certificate, and present it: `enabled` is true then.',
    },
    DISABLE: {
      description:
        'Present no certificate for the hostname, even if the zone level is on: `enabled` is false then.',
    },
    VOID: {
      description:
        'Void the association: the zone level decides again, and the certificate can be deleted. `enabled` is null then.',
    },
  },
});

@InputType({ description: 'A change of one association.' })
export class HostnameChange {
  @Field(() => String, { description: 'The hostname, internationalised or in A-labels.' })
  hostname!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The hostname certificate: its `id`, or its `cloudflareId`. A void needs none: it takes that of the association.',
  })
  certificateId?: string | null;

  @Field(() => HostnameAction, { description: 'What to do with the association.' })
  action!: HostnameAction;
}

@InputType({ description: 'Changes of associations, made together.' })
export class UpdateHostnamesInput {
  @Field(() => ID, { description: 'The zone.' })
  zoneId!: string;

  @Field(() => [HostnameChange], { description: 'One change for each hostname.' })
  changes!: HostnameChange[];
}

@ObjectType({ description: 'The associations after the changes.' })
export class UpdateHostnamesPayload extends Payload {
  @Extensions(mayHold(1000))
  @Field(() => [Hostname], {
    nullable: true,
    description: 'In the order of the changes. Null if they were refused.',
  })
  hostnames!: Hostname[] | null;
}
