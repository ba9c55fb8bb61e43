#!/bin/sh
# prepare.sh: makes of a container what a node is: pods are mounted, routed and counted in it. Prints the cgroup that pods go below.
set -eu
# the engine covers parts of /proc and makes others read-only; a pod's own /proc would be so too, and the network's settings could not be written
awk '$5 ~ "^/proc/" { print $5 }' /proc/self/mountinfo | sort -r | while read -r covered; do umount "$covered"; done
mount -o remount,rw /sys
# what the kubelet mounts a pod sees, and the other way round where it asks for that
mount --make-rshared /
echo 1 > /proc/sys/net/ipv4/ip_forward

own=$(sed -n 's/^[0-9]*:name=systemd://p; s/^0:://p' /proc/self/cgroup | head -n 1)
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  # version 2: a cgroup has processes or cgroups with limits, not both
  mkdir -p "/sys/fs/cgroup$own/node"
  while read -r process; do echo "$process" > "/sys/fs/cgroup$own/node/cgroup.procs" || true; done < "/sys/fs/cgroup$own/cgroup.procs"
  sed 's/\([^ ]*\)/+\1/g' "/sys/fs/cgroup$own/cgroup.controllers" > "/sys/fs/cgroup$own/cgroup.subtree_control"
fi
echo "${own%/}/kubets"
