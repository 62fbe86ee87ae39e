#!/usr/bin/env bash
# Renders the templates of test/golden byte for byte the same from another path, with another umask, other file times and
# another line-ending setting of git, and on every Node.js that the CDK supports.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT

umask 077
git clone --quiet --config core.autocrlf=true "$repository" "$elsewhere/an other path"
cd "$elsewhere/an other path"
ln -s "$repository/node_modules" node_modules
npx projen bundle
find . -type f -exec touch -d 2001-01-01 {} +
for version in 20 22 24; do
  npx --yes --package "node@$version" -- node node_modules/jest/bin/jest.js --coverage=false test/golden.test.ts
done
