#!/bin/sh
# At the reception desk: is this patient insured today? Run from the folder in which onshi-mock was started.
. "$(dirname "$0")/../onshi.sh"

terminal=onshi-data/institutions/1319999916-01
service=https://localhost:8443
institution=1319999916
certificate=$terminal/certificate.pem
key=$terminal/key.pem
ca=onshi-data/ca/root.pem

answer=$(onshi_qualification 06139992 １２３ ４５６ 00 19800101)
status=$?
case $status in
    0) ;;
    "$ONSHI_LINE_REFUSED" | "$ONSHI_CERTIFICATE_REFUSED") echo "call the vendor" >&2 ;;
    "$ONSHI_SERVICE_DOWN") echo "try again later" >&2 ;;
esac
test $status = 0 || exit $status

found=MessageBody/ResultList/ResultOfQualificationConfirmation
printf '%s\n' "$answer" | onshi_at $found/Name
echo "validity $(printf '%s\n' "$answer" | onshi_at MessageBody/QualificationValidity)"
