/** For every page the gateway serves, and for what belongs to one: workers take no policy from their page. */
export const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    // Monaco and Swagger UI write <style> elements and style attributes, and take no nonce.
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    // The style sheets bring fonts and images as data: URLs.
    "font-src 'self' data:",
    "img-src 'self' data:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
