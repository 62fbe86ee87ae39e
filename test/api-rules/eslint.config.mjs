import parser from '@typescript-eslint/parser';
import { rules } from 'eslint-plugin-awscdk';

const languageOptions = { parser, parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } };

/*
 * The strict set of eslint-plugin-awscdk. What is not in it here, and why:
 * - require-jsdoc, construct-constructor-property: assembly.ts holds both where they matter, in what is public. The first knows no
 *   documentation that is inherited, the second no class that only a function of its own file can construct.
 * - no-variable-construct-id: the ids of a place and of a stream are hashes of what makes them another one.
 * - require-passing-this: a static factory has a scope and no `this`.
 * - migrate-disable-comments: no rule is switched off by a comment.
 */
const everywhere = {
  'awscdk/no-construct-in-interface': 'error',
  'awscdk/no-construct-stack-suffix': 'error',
  'awscdk/no-import-private': 'error',
  'awscdk/no-mutable-property-of-props-interface': 'error',
  'awscdk/no-mutable-public-property-of-construct': 'error',
  'awscdk/no-parent-name-construct-id-match': ['error', { disallowContainingParentName: true }],
  'awscdk/pascal-case-construct-id': 'error',
  'awscdk/prefer-grants-property': 'error',
};
/* Of public files alone: inside, a property may be a class of the CDK, an interface of properties needs no
 * documentation, and a constructor takes what it wants. */
const inPublic = {
  'awscdk/no-construct-in-public-property-of-construct': 'error',
  'awscdk/no-unused-props': 'error',
  'awscdk/props-name-convention': 'error',
  'awscdk/require-props-default-doc': 'error',
};

export default [
  { files: ['**/*.ts'], plugins: { awscdk: { rules } }, languageOptions, linterOptions: { noInlineConfig: true }, rules: everywhere },
  { files: ['**/*.ts'], ignores: ['**/private/**'], rules: inPublic },
];
