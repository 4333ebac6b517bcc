import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  // The projects in test/clients have packages and compilers of their own, which their tests install and run.
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'test/clients/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Decorated classes without members are how Nest spells a module.
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/platform/config/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/platform/config reads the environment.' },
      ],
    },
  },
  {
    // A worker thread runs these files as they are, types stripped: it does not find a `.ts` file under the name `.js`.
    files: ['src/gateway/audit/sqlite/worker/**'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^\\.{1,2}/.*\\.js$',
              allowTypeImports: true,
              message:
                'A worker thread loads this file: import values from `.ts`, and only types from `.js`.',
            },
          ],
        },
      ],
    },
  },
  { files: ['bench/**'], rules: { 'no-console': 'off' } },
  { files: ['src/**'], rules: { 'max-lines': ['error', 300] } },
);
