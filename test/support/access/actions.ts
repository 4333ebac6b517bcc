import { operations, type OperationName } from '../../../src/domain/cloudflare/operations.js';

const names = Object.values(operations).filter(({ isZoneless }) => !isZoneless);

export const readNames = names.filter(({ kind }) => kind === 'read').map(({ name }) => name);
export const changeNames = names.filter(({ kind }) => kind === 'write').map(({ name }) => name);

/** What each field that has the extension `actions` is asked for, below `zone(id:)`; with `$` where the zone has its own ids. */
export const zoneFields: Readonly<Record<string, string>> = {
  'Zone.settings': 'settings { enabled }',
  'Zone.globalLevel': 'globalLevel { enabled }',
  'Zone.certificates': 'certificates { cloudflareId }',
  'Zone.certificate': 'certificate(id: "a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00") { cloudflareId }',
  'Zone.hostnames': 'hostnames { nodes { name } }',
  'Zone.hostname': 'hostname(name: "app.example.com") { name }',
  'Zone.hostnameCertificates': 'hostnameCertificates { cloudflareId }',
  'Zone.hostnameCertificate':
    'hostnameCertificate(id: "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60") { cloudflareId }',
  'Zone.auditEvents': 'auditEvents(first: 1) { nodes { action } }',
  'Hostname.certificate': 'hostnames { nodes { name certificate { status } } }',
  'HostnameCertificate.hostnames': 'hostnameCertificates { cloudflareId hostnames { name } }',
  'HostnameCertificate.inUse': 'hostnameCertificates { cloudflareId inUse { isInUse } }',
  'ZoneCertificate.inUse': 'certificates { cloudflareId inUse { isInUse } }',
};

/** The node that each read of one thing stands for. */
export const nodeKeys: Partial<Record<OperationName | 'audit.read', string>> = {
  'settings.get': ':settings',
  'global_level.get': ':global_level',
  'zone_certificate.get': ':zone_certificate:a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00',
  'hostname_certificate.get': ':hostname_certificate:2458ce5a-0c35-4c7f-82c7-8e9487d3ff60',
  'hostname.get': ':hostname:app.example.com',
  'audit.read': ':audit_event:019a0000-0000-7000-8000-000000000000.intent',
};
