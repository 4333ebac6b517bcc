import { expect } from '@jest/globals';
import { type FaultsInput } from '../../../sandbox/faults.js';
import { type OperationName } from '../../../sandbox/operation.js';
import { aCertificate, type TestCertificate } from '../certificates/certificates.js';
import { type MutationName, mutate, type Payload } from './graphql.js';
import { hostnameCertificateInUse, seededZone, zoneCertificate } from '../http/requests.js';
import { type Stage } from '../gateway/stage.js';

export const unknownId = 'f'.repeat(32);
export const deletable = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff61';
export const uploads = ['uploadZoneCertificate', 'uploadHostnameCertificate'] as const;

export type Input = Readonly<Record<string, unknown>>;

export function anUploadOf({ certificate, privateKey }: TestCertificate, zoneId = seededZone): Input {
  return { zoneId, certificate, privateKey };
}

export function aChange(change: Input = {}): Input {
  return {
    hostname: 'new.example.com',
    certificateId: hostnameCertificateInUse,
    action: 'ENABLE',
    ...change,
  };
}

export const changing = (...changes: Input[]): Input => ({ zoneId: seededZone, changes });
export const deleting = (certificateId: string): Input => ({ zoneId: seededZone, certificateId });

/** An input for each mutation that the seeded sandbox takes. */
export const inputs: Readonly<Record<MutationName, () => Input | Promise<Input>>> = {
  uploadZoneCertificate: async () => anUploadOf(await aCertificate()),
  uploadHostnameCertificate: async () => anUploadOf(await aCertificate()),
  deleteZoneCertificate: () => deleting(zoneCertificate),
  deleteHostnameCertificate: () => deleting(deletable),
  updateHostnames: () => changing(aChange()),
  updateZoneSettings: () => ({ zoneId: seededZone, enabled: false }),
  updateGlobalLevel: () => ({ zoneId: seededZone, enabled: false }),
};

export const mutationNames = Object.keys(inputs) as MutationName[];

export const operationOf: Readonly<Record<MutationName, OperationName>> = {
  uploadZoneCertificate: 'zone_certificate.upload',
  uploadHostnameCertificate: 'hostname_certificate.upload',
  deleteZoneCertificate: 'zone_certificate.delete',
  deleteHostnameCertificate: 'hostname_certificate.delete',
  updateHostnames: 'hostname.update',
  updateZoneSettings: 'settings.update',
  updateGlobalLevel: 'global_level.update',
};

/** Makes a change that has a payload and no errors. The payload may have user errors. */
export async function payloadOf(stage: Stage, name: MutationName, input: Input): Promise<Payload> {
  const { status, errors, payload } = await mutate(stage.gateway, name, input);
  expect({ status, errors }).toEqual({ status: 200, errors: [] });
  if (!payload) throw new Error('There is neither a payload nor an error.');
  return payload;
}

/** The only error of a change that was refused; nothing else is in its payload. */
export async function refusalOf(stage: Stage, name: MutationName, input: Input) {
  const { userErrors, ...made } = await payloadOf(stage, name, input);
  const { certificate = null, hostnames = null, settings = null, globalLevel = null } = made;
  expect([certificate, hostnames, settings, globalLevel]).toEqual([null, null, null, null]);
  expect(userErrors).toHaveLength(1);
  return userErrors[0];
}

export async function expectNothingSent(stage: Stage): Promise<void> {
  expect(stage.recorder.exchanges).toHaveLength(0);
  expect(await stage.sandbox.calls()).toEqual({});
}

export type Action = NonNullable<FaultsInput['rules']>[number]['action'];

export const underFault = (stage: Stage, name: MutationName, action: Action) =>
  stage.sandbox.faults({ rules: [{ operation: operationOf[name], action }] });
