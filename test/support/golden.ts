import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/*
 * Whole templates, as snapshot tests of users see them. A difference here is a difference in everybody's stack: it needs a
 * reason, and `npm run test:golden` to accept it. The hash of the handler is left out: it changes with every line of it.
 */

export const ACCOUNT = '111111111111';
export const HANDLER_HASH = /[0-9a-f]{64}(?=\.zip)/g;

/** What an older CDK renders otherwise. `scripts/verify-cdk.sh floor` runs this with the lowest that we support: one difference. */
const DIFFERENCES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  // the newest runtime that it knows
  '2.211.0': [['"Runtime": "nodejs24.x"', '"Runtime": "nodejs22.x"']],
};
const { version } = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/package.json'), 'utf8'));
const golden = join(__dirname, '..', 'golden');

export type CreateStack = (app: App) => Stack;

export const rendered = (create: CreateStack): string => JSON.stringify(Template.fromStack(create(new App())).toJSON(), undefined, 2);

/** Tests of each template of a construct, by the name of its file. */
export function testGolden(construct: string, templates: Readonly<Record<string, CreateStack>>): void {
  describe.each(Object.entries(templates))('%s', (name, create) => {
    test('renders the template that it did before', () => {
      const template = `${rendered(create).replace(HANDLER_HASH, '<hash of the handler>')}\n`;
      const path = join(golden, construct, `${name}.json`);
      if (process.env.UPDATE_GOLDEN) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, template);
      }
      const expected = (DIFFERENCES[version] ?? []).reduce((text, [from, to]) => text.replace(from, to), readFileSync(path, 'utf8'));
      // by content: a property that an older CDK does not know is an override there, which is rendered last
      expect(JSON.parse(template)).toStrictEqual(JSON.parse(expected));
    });

    test('holds nothing that the CDK\'s own validation of templates finds', () => {
      const app = new App();
      create(app);
      expect(validationProblems(app)).toEqual([]);
    });
  });
}

/** What the CDK's own validation of templates finds, which the other tests do without. */
export function validationProblems(app: App): any[] {
  delete process.env.CDK_VALIDATION;
  try {
    const report = join(app.synth().directory, 'validation-report.json');
    return existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).pluginReports.flatMap((found: any) => found.violations) : [];
  } finally {
    process.env.CDK_VALIDATION = 'false';
  }
}
