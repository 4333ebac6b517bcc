import { describe, expect, it } from '@jest/globals';
import { cleanEnvironment, misspelt } from './environment.js';
import { settingsSchema } from './settings.js';

const names = Object.keys(settingsSchema.shape);
const cleaned = (text: string, name = 'KEYS_FILE') => {
  const { values, problems } = cleanEnvironment({ [name]: text }, [name]);
  return problems.get(name) ?? values[name];
};

describe('The text of a setting', () => {
  it.each(['a b\n', ' a b', '\uFEFFa b', 'a b\r', '\ta b\u200B', '\u00A0a b\0'])(
    'White space and invisible characters around a setting are removed: %j',
    (text) => expect(cleaned(text)).toBe('a b'),
  );

  it.each([
    ['"a"', 'has quotes around it: remove them'],
    ['\u201Ca\u201D', 'has quotes around it: remove them'],
    ["'a'\n", 'has quotes around it: remove them'],
    ["a'", 'ends with a quote: remove it'],
    ['"a', 'begins with a quote: remove it'],
    ['a\nb', 'holds U+000A, a character that is not shown: remove it'],
    ['a\u200Bb', 'holds U+200B, a character that is not shown: remove it'],
    ['a\u001B[0mb', 'holds U+001B, a character that is not shown: remove it'],
  ])('A setting with quotes or control characters is refused with the reason: %j', (text, problem) =>
    expect(cleaned(text)).toBe(problem),
  );

  it.each(['tcp://10.96.0.12:9464', 'udp://10.0.0.1:53', 'TCP://[fd00::1]:80'])(
    'A service link of Kubernetes is recognised and explained: %s',
    (text) => expect(cleaned(text, 'METRICS_PORT')).toContain('enableServiceLinks: false'),
  );

  it('A setting of white space alone counts as absent', () => {
    expect(cleaned(' \r\n')).toBeUndefined();
  });
});

describe('Misspelt names of settings', () => {
  it.each([
    ['PROT', 'PORT'],
    ['METRIC_PORT', 'METRICS_PORT'],
    ['CACHE_TTL_LIST_SECOND', 'CACHE_TTL_LIST_SECONDS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log_level', 'LOG_LEVEL'],
    ['KEY_FILE', 'KEYS_FILE'],
    ['REDIS_URI', 'REDIS_URL'],
    ['MODES', 'MODE'],
    ['MOD', 'MODE'],
  ])('The variable %s is recognised as a misspelt %s', (name, meant) => {
    expect(misspelt({ [name]: '1' }, names)).toEqual([[name, meant]]);
  });

  it('Variables of other programs are not taken for misspelt settings', () => {
    const others = [
      ...names,
      'HOME',
      'PATH',
      'HOSTNAME',
      'HOSTTYPE',
      'PWD',
      'OLDPWD',
      'REDIS_HOST',
      'REDIS_PORT',
    ];
    const more = ['AUDIT_PORT', 'SANDBOX_PORT', 'DEMO_PORT', 'NO_PROXY', 'DATABASE_URL', 'LOGNAME', 'TERM'];
    const ofNpm = ['NODE', 'INIT_CWD', 'COLOR', 'EDITOR', 'npm_command', 'npm_config_prefix'];
    const found = [...others, ...more, ...ofNpm].flatMap((name) => misspelt({ [name]: '1' }, names));
    expect(found).toEqual([]);
    expect(misspelt({ METRIC_PORT: 'tcp://10.0.0.1:1' }, names)).toEqual([]);
  });
});
