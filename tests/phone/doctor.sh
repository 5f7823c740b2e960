#!/usr/bin/env bash
# phone doctor against the shipped configuration, in which all must hold, and against wrong ones, each of which it must find.
#   doctor.sh <phone>
set -euo pipefail
phone=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. .ci/lib/broker.sh
. tests/phone/support.sh
needs mosquitto mosquitto_passwd openssl

mkdir "$work/broker"
broker_files "$work/broker" alice a-secret
cp "$work/broker/mosquitto.conf" "$work/shipped.conf"
ca=$work/broker/tls/ca.crt

# finds <what> <exit code> <line that it prints> <url> [<option>...]
finds() {
    local code=0
    "$phone" doctor --user alice --token a-secret --as bob --url "$4" "${@:5}" >"$work/out" 2>&1 || code=$?
    if [ "$code" = "$2" ] && grep -qF -- "$3" "$work/out"; then
        echo "ok      $1"
    else
        failures=$((failures + 1))
        echo "FAILED  $1: wanted exit code $2 and '$3', found exit code $code and:"
        cat "$work/out"
    fi
}
# with <sed program>: the shipped configuration, changed like this
with() {
    broker_stop
    sed -E "$1" "$work/shipped.conf" >"$work/broker/mosquitto.conf"
    ! cmp -s "$work/shipped.conf" "$work/broker/mosquitto.conf" || [ -z "$1" ] || check "'$1' changes something" yes no
    broker_start "$work/broker"
    url=mqtt://127.0.0.1:$tcp_port
}

with ''
finds "all is well over TCP" 0 'ok      will: published 1 s after' "$url"
check "... in so many checks" 13 "$(grep -c '^ok ' "$work/out")"
finds "all is well over WebSocket" 0 'ok      websocket: ' "ws://127.0.0.1:$ws_port"
last_day=$(date -u -d "$(openssl x509 -in "$work/broker/tls/server.crt" -noout -enddate | cut -d= -f2)" +%F)
finds "all is well over TLS" 0 "ok      tls: the certificate is for localhost, is valid until $last_day, and" "mqtts://localhost:$tls_port?ca_file=$ca"
finds "all is well over WebSocket over TLS" 0 'ok      tls: ' "wss://localhost:$wss_port?ca_file=$ca"
finds "a wrong password" 1 'FAILED  login: the broker refuses the login: not authorized (0x87)' "$url" --token wrong
check "... is the last that is said" 1 "$(tail -n 1 "$work/out" | grep -c '^FAILED  login')"
finds "a CA that has not signed" 1 'FAILED  tls: the certificate of the broker is refused: no trusted authority' \
    "mqtts://localhost:$tls_port"
finds "another host name" 1 'it is for another host name' "mqtts://localhost:$tls_port?ca_file=$ca&server_name=other.example"
finds "TLS where there is none" 1 'FAILED  tls: ' "mqtts://localhost:$tcp_port?ca_file=$ca&connect_timeout=2"
finds "a CA file that is none" 1 'FAILED  tls: the ca_file' "mqtts://localhost:$tls_port?ca_file=$work/broker/acl"
finds "a name that does not exist" 1 'FAILED  name: ' 'mqtt://broker.invalid'
finds "no address of a broker" 2 'hub:// has no broker to check' 'hub://'
finds "the same user twice" 2 'the other user is "alice" too' "$url" --as alice
stopped=$url
broker_stop
finds "a port where nobody listens" 1 'FAILED  tcp: the broker at 127.0.0.1' "$stopped"

with '/^acl_file/d'
finds "no rules for topics" 1 'FAILED  publish as somebody else: a publish to' "$url"
for check in 'presence of somebody else' "read another user's messages"; do
    check "... $check" 1 "$(grep -c "^FAILED  $check" "$work/out")"
done
check "... and no other fault" 3 "$(grep -c '^FAILED' "$work/out")"

with '/^use_username_as_clientid/d'
finds "a client id that may be chosen" 1 'FAILED  client id: a client may choose any' "$url"
check "... and no other fault" 1 "$(grep -c '^FAILED' "$work/out")"

with 's/^max_packet_size .*/max_packet_size 20000/'
finds "packets that are too small" 1 'FAILED  features: it takes packets of 20000 bytes' "$url"
check "... which is tried as well" 1 "$(grep -c '^FAILED  largest message' "$work/out")"

with 's/^listener 1883.*/&\nretain_available false/'
finds "no retained messages" 1 'FAILED  login: the broker refuses the login: retain not supported' "$url"

# A certificate of yesterday, by the same authority.
(
    cd "$work/broker/tls"
    printf '%s\n' '[ca]' 'default_ca=d' '[d]' 'database=index' 'new_certs_dir=.' 'default_md=sha256' 'policy=p' 'serial=serial' \
        'copy_extensions=copy' '[p]' 'commonName=supplied' >ca.conf
    : >index
    echo 7777 >serial
    openssl req -new -key server.key -subj /CN=localhost -addext subjectAltName=DNS:localhost -out late.csr
    openssl ca -batch -notext -config ca.conf -cert ca.crt -keyfile ca.key -startdate 20200101000000Z -enddate 20200201000000Z \
        -in late.csr -out server.crt
) >"$work/openssl.log" 2>&1 || { cat "$work/openssl.log" && check "an expired certificate is made" yes no; }
with ''
finds "a certificate that has expired" 1 'it has expired' "mqtts://localhost:$tls_port?ca_file=$ca"
done_testing
