import { describe, expect, it } from '@jest/globals';
import { readSettings, type SettingsError } from './settings.js';

const problemOf = (environment: Record<string, string>) => {
  try {
    readSettings(environment);
    return undefined;
  } catch (error) {
    return (error as SettingsError).problems.join();
  }
};

describe('CORS_ORIGINS', () => {
  it('CORS_ORIGINS is undefined without a value', () => {
    expect(readSettings({}).CORS_ORIGINS).toBeUndefined();
    expect(readSettings({ CORS_ORIGINS: ' ' }).CORS_ORIGINS).toBeUndefined();
  });

  it('CORS_ORIGINS is read as browsers spell origins', () => {
    const text =
      'https://App.example.com, http://localhost:5173,https://a.example:443/ ,https://bücher.example';
    expect([...(readSettings({ CORS_ORIGINS: text }).CORS_ORIGINS ?? [])]).toEqual([
      'https://app.example.com',
      'http://localhost:5173',
      'https://a.example',
      'https://xn--bcher-kva.example',
    ]);
  });

  it.each([
    '*',
    'null',
    'app.example.com',
    'https://*.example.com',
    'https://app.example.com/path',
    'https://app.example.com?x',
    'https://app.example.com#x',
    'https://user:hunter2@app.example.com',
    'ftp://app.example.com',
    'file:///etc',
    'https://a.example,,https://b.example',
    'https://a.example,',
    'https://a.example https://b.example',
  ])('CORS_ORIGINS refuses %j without quoting it', (text) => {
    const problem = problemOf({ CORS_ORIGINS: text });
    expect(problem).toMatch(/^CORS_ORIGINS: must be origins, such as .* item \d is not one$/);
    expect(problem).not.toContain('hunter2');
  });

  it('The message of CORS_ORIGINS counts to the wrong item', () => {
    expect(problemOf({ CORS_ORIGINS: 'https://a.example,b' })).toContain('item 2');
  });
});

describe('TRUSTED_PROXIES', () => {
  it('TRUSTED_PROXIES is undefined without a value', () => {
    expect(readSettings({}).TRUSTED_PROXIES).toBeUndefined();
  });

  it('TRUSTED_PROXIES takes addresses and ranges of both families', () => {
    const { TRUSTED_PROXIES: trusted } = readSettings({ TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1,fd00::/8' });
    const has = ['10.1.2.3', '192.0.2.1', 'fd12::1', '192.0.2.2'].map((each) => trusted?.has(each));
    expect(has).toEqual([true, true, true, false]);
  });

  it.each(['localhost', '10.0.0.0/33', '10.0.0.1:80', '[::1]', '10.0.0.0/8;10.1.0.0/16', 'on', '10.0.0.1,'])(
    'TRUSTED_PROXIES refuses %j',
    (text) => {
      expect(problemOf({ TRUSTED_PROXIES: text })).toMatch(
        /^TRUSTED_PROXIES: must be IP addresses and CIDR ranges, .* item \d is not one$/,
      );
    },
  );
});

describe('KEEP_ALIVE_SECONDS', () => {
  it('KEEP_ALIVE_SECONDS is 75 without a value', () => {
    expect(readSettings({}).KEEP_ALIVE_SECONDS).toBe(75);
  });

  it.each(['0', '1', '-5', '1.5', '5s', '7201', '1e3'])('KEEP_ALIVE_SECONDS refuses %j', (text) => {
    expect(problemOf({ KEEP_ALIVE_SECONDS: text })).toContain('must be a whole number from 2 to 7200');
  });
});
