/** Matches the codes of Node and OpenSSL for two sides that do not agree on TLS, which lasts until one of them is changed. */
export const tlsRefusal = new RegExp(
  [
    ...['ERR_TLS_CERT_', 'HOSTNAME_MISMATCH', 'SELF_SIGNED_CERT', 'UNABLE_TO_(?:GET|VERIFY)_', 'INVALID_CA'],
    // A certificate that is not valid yet will be.
    ...['\\bCERT_(?!NOT_YET)', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'],
    'ERR_SSL_\\w*ALERT_(?:UNKNOWN_CA|BAD_CERT|CERT|HANDSHAKE_FAILURE|PROTOCOL_VERSION|UNRECOGNIZED_NAME)',
  ].join('|'),
);
