import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readSettings, type SettingsError, settingsSchema } from './settings.js';

const problemsOf = (environment: Record<string, string>) => {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    return (error as SettingsError).problems;
  }
};

describe('readSettings', () => {
  it('readSettings has a default for each required setting', () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, METRICS_PORT: 9464, LOG_LEVEL: 'info' });
    expect(settings.CLOUDFLARE_BASE_URL.href).toBe('https://api.cloudflare.com/client/v4');
  });

  it('readSettings takes an empty variable for an absent one', () => {
    expect(readSettings({ PORT: '' }).PORT).toBe(3000);
  });

  it('readSettings lists every problem by the name of the setting, without its value', () => {
    const problems = problemsOf({
      PORT: 'secret-1',
      METRICS_PORT: '70000',
      LOG_LEVEL: 'secret-2',
      CLOUDFLARE_BASE_URL: 'secret-3',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'CLOUDFLARE_BASE_URL',
      'METRICS_PORT',
      'LOG_LEVEL',
    ]);
    expect(problems.join()).not.toMatch(/secret|70000/);
  });

  it.each([
    ['https://api.example.com/client/v4', true],
    ['http://127.0.0.1:4010/client/v4', true],
    ['http://localhost/client/v4', true],
    ['http://[::1]:4010', true],
    ['http://api.example.com', false],
    ['http://127.0.0.1.example.com', false],
    ['https://user:password@api.example.com', false],
    ['https://api.example.com/?zone=1', false],
    ['ftp://127.0.0.1', false],
    ['not a url', false],
  ])('readSettings accepts the upstream %s: %s', (url, taken) => {
    expect(problemsOf({ CLOUDFLARE_BASE_URL: url })).toHaveLength(taken ? 0 : 1);
  });

  it.each([
    [{ GRAPHQL_DOCUMENTS: 'allow' }, 'is needed where GRAPHQL_DOCUMENTS is allow'],
    [{ GRAPHQL_DOCUMENTS: 'only' }, 'is needed where GRAPHQL_DOCUMENTS is only'],
    [{ GRAPHQL_DOCUMENTS_FILE: 'list.json' }, 'is not used while GRAPHQL_DOCUMENTS is off'],
  ])(
    'readSettings refuses a list of documents without its mode, and a mode without its list: %j',
    (environment, problem) => {
      expect(problemsOf(environment)).toEqual([
        expect.stringContaining(`GRAPHQL_DOCUMENTS_FILE: ${problem}`),
      ]);
    },
  );

  it('readSettings removes the slash at the end of the upstream', () => {
    expect(
      readSettings({ CLOUDFLARE_BASE_URL: 'https://api.example.com/client/v4/' }).CLOUDFLARE_BASE_URL
        .pathname,
    ).toBe('/client/v4');
  });

  it('.env.example names each setting with its default', () => {
    const example = Object.fromEntries(
      readFileSync('.env.example', 'utf8')
        .split('\n')
        .filter((line) => /^[A-Z]/.test(line))
        .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const own = Object.keys(example).filter((name) => !name.startsWith('SANDBOX_'));
    expect(own.sort()).toEqual(Object.keys(settingsSchema.shape).sort());
    expect(readSettings(example)).toEqual(readSettings({}));
  });
});
