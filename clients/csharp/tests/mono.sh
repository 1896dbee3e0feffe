# Runs a program under Mono, which trusts the authority of the ground: Mono can't check elliptic curves for a program,
# but does it itself for what lies in the user's store.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
trust=$home/.mono/new-certs/Trust
mkdir -p "$trust"
cp "$ONSHI_HOME/ca.pem" "$trust/$(openssl x509 -in "$ONSHI_HOME/ca.pem" -noout -subject_hash).0"
XDG_CONFIG_HOME=$home mono "$@"
