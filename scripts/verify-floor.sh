#!/usr/bin/env bash
# Compiles the library and runs its unit tests against the lowest aws-cdk-lib and constructs that package.json promises
# to work with, in a directory of their own: the other development dependencies do not fit the floor.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
peer() { node -p "require('./package.json').peerDependencies['$1'].replace('^', '')"; }
used() { node -p "require('$1/package.json').version"; }
floor=$(mktemp -d)
trap 'rm -rf "$floor"' EXIT

mkdir -p "$floor/test" "$floor/.projen"
cp -r src lambda assets tsconfig.json tsconfig.dev.json jest.config.json "$floor/"
cp .projen/tasks.json "$floor/.projen/"
cp -r test/*.ts test/golden test/support "$floor/test/"
# cdk-nag 3 wants a newer aws-cdk-lib
rm -f "$floor/test/cdk-nag.test.ts"
# and mixins came later
rm -f "$floor/test/mixins.test.ts"
cd "$floor"
cat > package.json <<JSON
{
  "name": "floor", "private": true,
  "dependencies": {
    "aws-cdk-lib": "$(cd "$repository" && peer aws-cdk-lib)",
    "constructs": "$(cd "$repository" && peer constructs)",
    "typescript": "$(cd "$repository" && used typescript)",
    "jest": "$(cd "$repository" && used jest)",
    "jest-junit": "$(cd "$repository" && used jest-junit)",
    "ts-jest": "$(cd "$repository" && used ts-jest)",
    "fast-check": "$(cd "$repository" && used fast-check)",
    "@types/jest": "$(cd "$repository" && used @types/jest)",
    "@types/node": "$(cd "$repository" && used @types/node)",
    "@types/aws-lambda": "$(cd "$repository" && used @types/aws-lambda)",
    "@types/cli-progress": "$(cd "$repository" && used @types/cli-progress)"
  }
}
JSON
npm install --no-audit --no-fund --loglevel=error
npx tsc --noEmit -p tsconfig.json
export JEST_JUNIT_OUTPUT_DIR="$repository/test-reports" JEST_JUNIT_OUTPUT_NAME=floor.xml
npx jest --coverage=false --reporters=default --reporters=jest-junit
