#!/usr/bin/env bash
# Brings what `npm start` (or, with --tests, `npm test`) needs and this machine lacks, and says what it does:
#   1. npm packages, when node_modules is missing or older than package-lock.json
#   2. Debian packages, as root on a Debian-like machine: the node's tools, and for the tests the peers they run against
#   3. files that are made from npm packages (documentation texts of the API)
# Without root it leaves Debian packages alone: `kubets up` then runs pods on the fake runtime.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf 'setup: %s\n' "$*" >&2; }

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say 'installing npm packages'
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
fi

# program or file to look for, and the Debian package that has it
needed=(
  runc:runc conmon:conmon /usr/lib/cni/ptp:containernetworking-plugins nft:nftables ip:iproute2
  conntrack:conntrack busybox:busybox-static catatonit:catatonit iptables:iptables unzip:unzip
)
if [ "${1:-}" = --tests ]; then
  needed+=(etcd:etcd-server etcdctl:etcd-client skopeo:skopeo umoci:umoci mkfs.xfs:xfsprogs mkfs.ext4:e2fsprogs)
fi

# npm brings the Node that runs our sources; outside of npm scripts it is not on the path yet
PATH=$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin
missing=()
for entry in "${needed[@]}"; do
  what=${entry%%:*} package=${entry#*:}
  case $what in
    /*) [ -e "$what" ] || missing+=("$package") ;;
    *) command -v "$what" >/dev/null || missing+=("$package") ;;
  esac
done

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # services that packages would start are not wanted: kubets starts what it needs itself
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
  else
    say "not root on a Debian-like machine: without ${missing[*]} pods run on the fake runtime only"
    [ "${1:-}" != --tests ] || { say 'the tests need them: run as root'; exit 1; }
  fi
fi

if [ -f libs/api-types/generator/descriptions.ts ] && [ ! -e libs/api-types/generated/descriptions.json ]; then
  say 'extracting the documentation texts of the API'
  node libs/api-types/generator/descriptions.ts
fi
