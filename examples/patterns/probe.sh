#!/bin/sh
# Try one connection on a real cluster and compare the outcome with the one expected.
#
#   probe.sh FROM TO PORT open|closed [tcp|udp|sctp]
#
# FROM is NAMESPACE/POD, a pod whose image is agnhost (as in the manifests here); TO is NAMESPACE/POD or an address.
# Exit status: 0 as expected, 1 not as expected, 2 the probe could not be made.
set -u

if [ $# -lt 4 ] || [ $# -gt 5 ]; then
    echo "usage: probe.sh FROM TO PORT open|closed [tcp|udp|sctp]" >&2
    exit 2
fi
from=$1 to=$2 port=$3 expected=$4 protocol=${5:-tcp}

case $expected in
open | closed) ;;
*)
    echo "expected \`open\` or \`closed\`, found \`$expected\`" >&2
    exit 2
    ;;
esac

case $to in
*/*) address=$(kubectl get pod -n "${to%%/*}" "${to#*/}" -o 'jsonpath={.status.podIP}') || exit 2 ;;
*) address=$to ;;
esac
if [ -z "$address" ]; then
    echo "\`$to\` has no address yet: wait until it runs" >&2
    exit 2
fi
case $address in
*:*) target="[$address]:$port" ;;
*) target="$address:$port" ;;
esac

answer=$(kubectl exec -n "${from%%/*}" "${from#*/}" -- \
    /agnhost connect "$target" --protocol="$protocol" --timeout=3s 2>&1)
status=$?
# Only a time-out shows that the connection was dropped on its way; REFUSED comes from the far end, or from a
# network plugin that rejects instead of dropping, and counts as closed because every port tried here has a listener.
case $status:$answer in
0:*) found=open ;;
*TIMEOUT* | *REFUSED* | *OTHER*) found=closed ;;
*)
    echo "could not probe from \`$from\`: $answer" >&2
    exit 2
    ;;
esac

if [ "$found" = "$expected" ]; then
    echo "ok    $from -> $to $port/$protocol is $found"
else
    echo "FAIL  $from -> $to $port/$protocol is $found, expected $expected"
    exit 1
fi
