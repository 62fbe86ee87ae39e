import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/*
 * Complete templates, as snapshot tests of users see them. A difference here changes every stack of every user: it needs a
 * reason, and `npm run test:golden` accepts it. The hash of the handler is left out, because it changes with every line of code.
 */

export const ACCOUNT = '111111111111';
export const HANDLER_HASH = /[0-9a-f]{64}(?=\.zip)/g;

/** Known differences of older CDKs. `scripts/verify-cdk.sh floor` runs these tests with the lowest supported CDK. */
const DIFFERENCES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  // the newest runtime of that CDK
  '2.211.0': [['"Runtime": "nodejs24.x"', '"Runtime": "nodejs22.x"']],
};
const { version } = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/package.json'), 'utf8'));
const golden = join(__dirname, '..', 'golden');

export type CreateStack = (app: App) => Stack;

export const rendered = (create: CreateStack): string => JSON.stringify(Template.fromStack(create(new App())).toJSON(), undefined, 2);

/** Tests each template of a construct against the file with its name. */
export function testGolden(construct: string, templates: Readonly<Record<string, CreateStack>>): void {
  describe.each(Object.entries(templates))('%s', (name, create) => {
    test('renders the same template as before', () => {
      const template = `${rendered(create).replace(HANDLER_HASH, '<hash of the handler>')}\n`;
      const path = join(golden, construct, `${name}.json`);
      if (process.env.UPDATE_GOLDEN) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, template);
      }
      const expected = (DIFFERENCES[version] ?? []).reduce((text, [from, to]) => text.replace(from, to), readFileSync(path, 'utf8'));
      // compares parsed JSON, because an older CDK may render a property in another position
      expect(JSON.parse(template)).toStrictEqual(JSON.parse(expected));
    });

    test("contains nothing that the CDK's own validation of templates reports", () => {
      const app = new App();
      create(app);
      expect(validationProblems(app)).toEqual([]);
    });
  });
}

/** The findings of the CDK's own validation of templates, which other tests disable. */
export function validationProblems(app: App): any[] {
  delete process.env.CDK_VALIDATION;
  try {
    const report = join(app.synth().directory, 'validation-report.json');
    return existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).pluginReports.flatMap((found: any) => found.violations) : [];
  } finally {
    process.env.CDK_VALIDATION = 'false';
  }
}
