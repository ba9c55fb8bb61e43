#!/usr/bin/env bash
# base/build.sh [TAG]: a Debian base image where no image registry is reachable, made by debootstrap from the Debian mirror that
# the machine uses (MIRROR=URL for another). It already holds the packages of packages.txt. Needs root and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:-kubets-base}

rootfs=$(mktemp -d)
trap 'rm -rf --one-file-system "$rootfs"' EXIT
packages=$(paste -sd, packages.txt)
# the mirror is debootstrap's last argument, and its default when left away
debootstrap --variant=minbase --include="$packages" bookworm "$rootfs" ${MIRROR:+"$MIRROR"} >&2
# debootstrap leaves /proc mounted when it is interrupted
if mountpoint -q "$rootfs/proc"; then umount "$rootfs/proc"; fi
rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/*
tar -C "$rootfs" --numeric-owner --one-file-system -c . | docker import --change 'CMD ["/bin/bash"]' - "$tag"
