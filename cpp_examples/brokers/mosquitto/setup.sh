#!/bin/sh
# Makes what mosquitto.conf asks for, in this folder:
#
#   setup.sh                     a private CA and a certificate for localhost and this host's name, data/, passwords
#   setup.sh tls <host>...       the same certificates for other names or IP addresses (the CA is kept)
#   setup.sh user <id> [<password>]   adds a user or sets the password; without one, it is the first line of the input
#   setup.sh remove <id>         removes a user
#   setup.sh name <id>           prints the name under which a user logs in
#
# After a change to the users:  kill -HUP <process id of mosquitto>
set -eu
umask 077
cd "$(dirname "$0")"

# The name of a user at the broker: a user id in which every byte but letters, digits and . _ - @ is ~XX.
name_of() {
    for byte in $(printf '%s' "$1" | od -An -v -tx1); do
        case $byte in
            3[0-9] | 4[0-9a-f] | 5[0-9a] | 6[1-9a-f] | 7[0-9a] | 2d | 2e | 5f) printf "\\$(printf %o "0x$byte")" ;;
            *) printf '~%s' "$(echo "$byte" | tr a-f A-F)" ;;
        esac
    done
}

wants() {
    command -v "$1" >/dev/null || {
        echo "setup.sh: $1 is missing (Debian package $2)" >&2
        exit 3
    }
}

certificates() {
    wants openssl openssl
    mkdir -p tls
    if [ ! -f tls/ca.key ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
            -subj '/CN=rtm-call private CA' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
            -keyout tls/ca.key -out tls/ca.crt 2>/dev/null
    fi
    names=''
    for host in "$@"; do
        case $host in
            *:* | *[0-9].[0-9]*.[0-9]*.[0-9]*) names="$names,IP:$host" ;;
            *) names="$names,DNS:$host" ;;
        esac
    done
    printf '%s\n' "subjectAltName=${names#,}" 'basicConstraints=critical,CA:FALSE' \
        'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth' >tls/server.ext
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
        -keyout tls/server.key -out tls/server.csr 2>/dev/null
    openssl x509 -req -in tls/server.csr -CA tls/ca.crt -CAkey tls/ca.key -CAcreateserial -days 825 \
        -extfile tls/server.ext -out tls/server.crt 2>/dev/null
    rm tls/server.csr tls/server.ext
    chmod 644 tls/ca.crt tls/server.crt
    echo "tls/server.crt is for $*; clients trust tls/ca.crt"
}

case ${1:-} in
    '')
        mkdir -p data
        [ -f passwords ] || : >passwords
        certificates localhost 127.0.0.1 ::1 "$(hostname)"
        ;;
    tls)
        shift
        [ $# -gt 0 ] || set -- localhost
        certificates "$@"
        ;;
    user)
        wants mosquitto_passwd mosquitto
        if [ $# -ge 3 ]; then password=$3; else IFS= read -r password; fi
        [ -n "${2:-}" ] && [ -n "$password" ] || {
            echo "setup.sh: a user and its password must not be empty" >&2
            exit 2
        }
        [ -f passwords ] || : >passwords
        # It asks twice. As an argument the password could be seen by others on this machine.
        printf '%s\n%s\n' "$password" "$password" | mosquitto_passwd passwords "$(name_of "$2")" >/dev/null
        echo "$2 logs in as $(name_of "$2")"
        ;;
    remove)
        wants mosquitto_passwd mosquitto
        mosquitto_passwd -D passwords "$(name_of "${2:?which user}")"
        ;;
    name) name_of "${2:?which user}" && echo ;;
    *)
        sed -n '2,/^set/ s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
