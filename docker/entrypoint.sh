#!/bin/sh
# entrypoint.sh SERVICE [flags]: the service replaces this shell, so that it gets the container's signals. Anything else is run as it is.
set -eu
case ${1:-} in
  api-server | scheduler | controller-manager | kubelet-agent | service-proxy | container-runtime-shim | kubets)
    service=$1
    shift
    exec node "/opt/kubets/node_modules/kubets/dist/$service.js" "$@"
    ;;
  pki | node)
    program=$1
    shift
    exec node "/opt/kubets/$program.js" "$@"
    ;;
esac
exec "$@"
