const pem = '-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n';

/** Shortened, for the OpenAPI document. */
export const certificateExample = {
  id: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60',
  certificate: pem,
  issuer: 'Example Origin Pull CA',
  serial_number: '6743787633689793699141714808227354901',
  signature: 'SHA256WithRSA',
  status: 'active',
  uploaded_on: '2026-01-01T00:00:00Z',
  expires_on: '2046-01-01T00:00:00Z',
};

export const uploadExample = {
  certificate: pem,
  private_key: '-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n',
};
