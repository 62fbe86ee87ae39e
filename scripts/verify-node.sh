#!/usr/bin/env bash
# Tests with every Node.js that the CDK supports, or the given ones, as in `verify-node.sh 22`: renders the golden templates,
# which must be equal byte for byte with another path, umask, file times and line-ending setting of git; runs the tests of the
# handler; and synthesises the TypeScript app of test/bindings with the package of `npm run package:js`, which must give the
# template of all languages.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
versions=${*:-20 22 24}
# there must be exactly one package
package=$(ls dist/js/*.tgz)
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT

mkdir "$elsewhere/app"
cp -r test/bindings/typescript/. test/bindings/shared "$elsewhere/app/"
cp "$package" "$elsewhere/app/cdk-iot-streams.tgz"
cd "$elsewhere/app"
npm install --no-audit --no-fund --loglevel=error
npx tsc -p .

umask 077
git clone --quiet --config core.autocrlf=true "$repository" "$elsewhere/an other path"
cd "$elsewhere/an other path"
ln -s "$repository/node_modules" node_modules
npx projen bundle
find . -type f -exec touch -d 2001-01-01 {} +
for version in $versions; do
  echo "== Node.js $version"
  on() { npx --yes --package "node@$version" -- node "$@"; }
  export JEST_JUNIT_OUTPUT_DIR="$repository/test-reports" JEST_JUNIT_OUTPUT_NAME="node-$version.xml"
  on node_modules/jest/bin/jest.js --coverage=false --reporters=default --reporters=jest-junit \
    --testPathIgnorePatterns /node_modules/ ministack -- golden.test.ts test/lambda
  (cd "$elsewhere/app" && on app.js "out-$version" && cmp "out-$version/Bindings.template.json" shared/golden.template.json)
done
