#!/bin/sh
# Audits a container in a cluster from a sidecar: the published interface of this workflow, over sidescan.
set -eu

usage() {
  cat <<'TEXT'
Usage: scan-with-sidecar.sh <namespace> <pod-name> <profile-path> [threshold_file] [-- OPTION...]

  namespace       where the pod is made; it must exist
  pod-name        name of the throw-away pod (target + scanner); it is gone afterwards.
                  Without TARGET_IMAGE: a pod that runs already. A copy of it is scanned, it is left alone.
  profile-path    profile directory or archive (.tar.gz, .zip)
  threshold_file  thresholds in SAF's format; without one, every control must have run
  OPTION          any option of `sidescan scan`

Environment:
  TARGET_IMAGE      image to scan
  TARGET_USER       uid[:gid] that the image runs as, when known: fewer rights are then enough
  TARGET_CONTAINER  which container of a pod that runs already; without it, each of them
  TARGET_HOLD       1: keep an image alive that ends at once, or has nothing to run
  SCANNER_IMAGE     image of the scanner
  RESULTS_DIR       directory for the reports (sidescan-results)
  TIMEOUT           seconds for the whole audit (1800)
  KEEP              1: leave the pod for a look at it
  KUBECONFIG, KUBE_CONTEXT   the cluster
  SIDESCAN          the sidescan to use

Exit codes: 0 passed, 1 the threshold failed, 2 usage, 3 could not scan or judge, 4 not all was cleaned up, 130 interrupted.
TEXT
}

fail() {
  printf 'scan-with-sidecar.sh: %s\n' "$1" >&2
  usage >&2
  exit 2
}

case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
esac
[ $# -ge 3 ] || fail 'namespace, pod name and profile are needed.'
namespace=$1 pod=$2 profile=$3
shift 3
for word in "$namespace" "$pod" "$profile"; do
  [ -n "$word" ] || fail 'namespace, pod name and profile must not be empty.'
done

# What is left in "$@" becomes the options of sidescan, from the last to the first.
threshold=
if [ $# -gt 0 ] && [ "$1" != -- ]; then
  threshold=$1
  shift
fi
if [ $# -gt 0 ]; then
  [ "$1" = -- ] || fail "options of sidescan come after --: $1"
  shift
fi
[ -z "$threshold" ] || set -- --threshold "$threshold" "$@"
[ -z "${TARGET_USER-}" ] || set -- --user "$TARGET_USER" "$@"
[ -z "${SCANNER_IMAGE-}" ] || set -- --scanner-image "$SCANNER_IMAGE" "$@"
[ -z "${RESULTS_DIR-}" ] || set -- --output "$RESULTS_DIR" "$@"
[ -z "${TIMEOUT-}" ] || set -- --timeout "$TIMEOUT" "$@"
[ -z "${KUBE_CONTEXT-}" ] || set -- --context "$KUBE_CONTEXT" "$@"
[ "${TARGET_HOLD-}" != 1 ] || set -- --hold "$@"
[ "${KEEP-}" != 1 ] || set -- --keep "$@"
if [ -n "${TARGET_IMAGE-}" ]; then
  set -- "image:$TARGET_IMAGE" --pod-name "$pod" "$@"
else
  [ -z "${TARGET_CONTAINER-}" ] || set -- --container "$TARGET_CONTAINER" "$@"
  set -- "pod/$pod" --clone "$@"
fi
set -- scan "$@" --namespace "$namespace" --profile "$profile"

# The one that is named, else the one that this script came with, else the one on PATH.
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if [ -n "${SIDESCAN-}" ]; then
  exec "$SIDESCAN" "$@"
elif [ -f "$here/src/cli/main.ts" ]; then
  [ -x "$here/node_modules/.bin/node" ] || node "$here/scripts/setup.mjs" >&2
  exec "$here/node_modules/.bin/node" "$here/src/cli/main.ts" "$@"
elif [ -f "$here/dist/cli.js" ]; then
  exec node "$here/dist/cli.js" "$@"
else
  exec sidescan "$@"
fi
