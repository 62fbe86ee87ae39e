#!/usr/bin/env bash
# On every Node.js that the CDK supports (or those given, as in `verify-node.sh 22`): renders the templates of test/golden
# byte for byte the same, from another path, with another umask, other file times and another line-ending setting of git;
# runs the tests of the handler; and synthesises the TypeScript app of test/bindings from the package that
# `npm run package:js` has built, byte for byte what all languages share.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
versions=${*:-20 22 24}
# one package, or there is nothing to take
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
