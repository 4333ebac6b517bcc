import fc from 'fast-check';

/** The spellings of a date and time that an answer may hold, and what each is in RFC 3339. */
export const dates: ReadonlyMap<string, string | null> = new Map([
  ['2027-09-10T23:59:59Z', '2027-09-10T23:59:59Z'],
  ['2027-09-10T23:59:59.123456789Z', '2027-09-10T23:59:59.123456789Z'],
  ['2027-09-10T23:59:59+02:00', '2027-09-10T23:59:59+02:00'],
  ['2027-09-10 23:59:59+00', '2027-09-10T23:59:59Z'],
  ['2027-09-10 23:59:59.697534+00', '2027-09-10T23:59:59.697534Z'],
  ['2027-09-10 23:59:59+0000', '2027-09-10T23:59:59Z'],
  ['2027-09-10 23:59:59 +0000 UTC', '2027-09-10T23:59:59Z'],
  ['2027-09-10T23:59:59', '2027-09-10T23:59:59Z'],
  ['0001-01-01T00:00:00Z', null],
  ['2027-02-30T00:00:00Z', null],
  ['10.09.2027', null],
  ['', null],
]);

const statuses = ['initializing', 'pending_deployment', 'active', 'pending_deletion', 'deleted'];

/** One hostname in several spellings: the first is the canonical one. */
export const hostnames: readonly (readonly [string, ...string[]])[] = [
  ['app.example.com', 'APP.example.com', 'app.example.com.'],
  ['xn--bcher-kva.example', 'bücher.example', 'BÜCHER。example', 'XN--BCHER-KVA.EXAMPLE'],
  ['*.example.com', '*.EXAMPLE.com'],
  ['_x.example.com'],
  ['a.example.com', 'A.Example.Com.'],
  ['b.example.com'],
  ['c.example.com', 'C.EXAMPLE.COM'],
  ['xn--fa-hia.example', 'faß.example'],
];

export const certificateId = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';
const otherId = 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00';

const of = fc.constantFrom;
const date = of(...dates.keys());
const status = of(...statuses, 'pending_cleanup', 'ACTIVE?');

/** A string, a number or another value in place of the documented one. */
const other = of<unknown>(null, 4578, 0, -1.5, '7', 'odd', '', true, false, [], ['x'], {}, { value: 1 });
/** A value that is neither an id nor a hostname. */
const noName = of<unknown>(null, 4578, true, [], {}, '');
const absent = Symbol('absent');

type Members = Readonly<Record<string, fc.Arbitrary<unknown>>>;
type Thing = Readonly<Record<string, unknown>>;

const certificateMembers: Members = {
  certificate: of('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', 'no PEM'),
  issuer: of('CN=Example CA', 'Émission, Ünïcode'),
  serial_number: of<unknown>('6743787633689793699141714808227354901', '0', '-171', '00ab', 4578),
  signature: of('SHA256WithRSA'),
  expires_on: date,
};

const associationMembers: Members = {
  cert_id: of(certificateId, certificateId.toUpperCase(), otherId, null),
  enabled: of(true, false, null),
  status,
  created_at: date,
  updated_at: date,
};

/** Members that are not documented. */
const extra = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 1 }), {
  maxKeys: 2,
});

/** With members that are missing, of another type, or not documented. */
function around(members: Members): fc.Arbitrary<Thing> {
  const each = Object.entries(members).map(([name, member]) =>
    fc.oneof(
      { weight: 16, arbitrary: member },
      { weight: 1, arbitrary: ['id', 'hostname'].includes(name) ? noName : other },
      { weight: 1, arbitrary: fc.constant(absent) },
    ),
  );
  const names = Object.keys(members);
  return fc.tuple(fc.tuple(...each), extra).map(([given, more]) => {
    const entries = names.map((name, index) => [name, given[index]] as const);
    return { ...Object.fromEntries(entries.filter(([, value]) => value !== absent)), ...more };
  });
}

export const certificate = around({
  id: of(certificateId, certificateId.toUpperCase()),
  ...certificateMembers,
  status,
  uploaded_on: date,
});

export const settings = around({ enabled: of(true, false) });

export const globalLevel = around({
  id: of('tls_client_auth'),
  value: of('on', 'off', 'on', 'off', 'zrt'),
  editable: of(true, false),
  modified_on: date,
});

/** Associations as a list has them, each of a hostname in any of its spellings. */
export const associations = hostnames.map((spellings) =>
  around({ hostname: of(...spellings), ...associationMembers }),
);

/** The same with their certificates, as a read of one hostname has them. */
export const hostnamesWhole = hostnames.map((spellings) =>
  around({
    hostname: of(...spellings),
    ...associationMembers,
    ...certificateMembers,
    cert_status: status,
    cert_uploaded_on: date,
    cert_updated_at: date,
  }),
);
