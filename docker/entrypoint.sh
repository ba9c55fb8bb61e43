#!/bin/sh
# entrypoint.sh SERVICE [flags]: the service replaces this shell, so that it gets the container's signals. Anything else is run as it is.
set -eu
case ${1:-} in
  api-server | scheduler | controller-manager | kubelet-agent | service-proxy | container-runtime-shim | kubets)
    service=$1
    shift
    # as `kubets up` sets it: apps/kubets/src/cluster/api-server-node-flags.ts
    if [ "$service" = api-server ]; then flags=--max-semi-space-size=32; fi
    # shellcheck disable=SC2086 # no flags is no word
    exec node ${flags:-} "/opt/kubets/node_modules/kubets/dist/$service.js" "$@"
    ;;
  pki | node)
    program=$1
    shift
    exec node "/opt/kubets/$program.js" "$@"
    ;;
esac
exec "$@"
