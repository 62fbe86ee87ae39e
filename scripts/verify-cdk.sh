#!/usr/bin/env bash
# Compiles the library and runs its unit tests with another aws-cdk-lib than the one of this repository, in a separate
# directory. `verify-cdk.sh floor` uses the lowest aws-cdk-lib and constructs that package.json supports; `verify-cdk.sh latest`
# uses the newest release, and does nothing if this repository uses it already; `verify-cdk.sh 2.250.0` uses that release.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
asked=${1:?"give 'floor', 'latest' or a version of aws-cdk-lib"}
peer() { node -p "require('./package.json').peerDependencies['$1'].replace('^', '')"; }
used() { node -p "require('$repository/node_modules/$1/package.json').version"; }

constructs=latest
case $asked in
  floor) cdk=$(peer aws-cdk-lib) constructs=$(peer constructs) ;;
  latest) cdk=$(npm view aws-cdk-lib version 2> /dev/null) ;;
  *) cdk=$asked ;;
esac
if [ "$cdk" = "$(used aws-cdk-lib)" ]; then
  echo "aws-cdk-lib $cdk ($asked) is what this tree is developed with: 'npm test' is the check"
  exit
fi
echo "aws-cdk-lib $cdk ($asked)"

elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
mkdir -p "$elsewhere/test" "$elsewhere/local" "$elsewhere/.projen"
cp -r src lambda assets tsconfig.json tsconfig.dev.json jest.config.json "$elsewhere/"
cp .projen/tasks.json "$elsewhere/.projen/"
cp -r test/core test/iot-file-stream test/kinesis-video test/device-role test/golden test/support "$elsewhere/test/"
# tests of permissions use the evaluator of the local AWS
cp -r local/iam "$elsewhere/local/"
# cdk-nag 3 needs a newer aws-cdk-lib than the floor, which has no mixins and weak references either
names=(typescript esbuild jest jest-junit @swc/core @swc/jest fast-check @types/jest @types/node @types/aws-lambda @types/cli-progress)
packages=("aws-cdk-lib@$cdk" "constructs@$constructs")
if [ "$asked" = floor ]; then
  rm "$elsewhere"/test/*/cdk-nag.test.ts "$elsewhere/test/iot-file-stream/mixins.test.ts" "$elsewhere/test/core/weak-references.test.ts"
else
  names+=(cdk-nag)
  version=$(used cdk-nag-v2)
  packages+=("cdk-nag-v2@npm:cdk-nag@$version")
fi
for name in "${names[@]}"; do
  # in a separate line, because bash ignores a failure inside of another word
  version=$(used "$name")
  packages+=("$name@$version")
done

cd "$elsewhere"
echo '{ "name": "elsewhere", "private": true }' > package.json
npm install --no-audit --no-fund --loglevel=error "${packages[@]}"
npx tsc --noEmit -p tsconfig.json
export JEST_JUNIT_OUTPUT_DIR="$repository/test-reports" JEST_JUNIT_OUTPUT_NAME="cdk-$asked.xml"
npx jest --coverage=false --reporters=default --reporters=jest-junit
