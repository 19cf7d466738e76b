import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat['recommended-latest'] ?? reactHooks.configs['recommended-latest'],
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A scrolled region has to be reachable by keyboard.
      'jsx-a11y/no-noninteractive-tabindex': ['error', { roles: ['tabpanel', 'region', 'separator'], tags: [] }],
      // downshift and floating-ui hand out ref callbacks, which this rule takes for reads.
      'react-hooks/refs': 'off',
      'max-lines': ['error', { max: 500 }],
    },
  },
  { files: ['**/*.test.{ts,tsx}', 'src/test-setup.ts'], rules: { '@typescript-eslint/no-empty-function': 'off' } },
  { files: ['**/scripts/**'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
);
