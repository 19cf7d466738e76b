import tseslint from 'typescript-eslint';

import all from './eslint.config.js';

/** Rules for which every component is compiled; they take as long as all others together and run with the slow tests. */
const COMPILED = /^react-hooks\/(?!rules-of-hooks$|exhaustive-deps$)/;

const names = new Set(all.flatMap(({ rules = {} }) => Object.keys(rules)).filter((name) => COMPILED.test(name)));

export default tseslint.config(...all, {
  linterOptions: { reportUnusedDisableDirectives: 'off' },
  rules: Object.fromEntries([...names].map((name) => [name, 'off'])),
});
