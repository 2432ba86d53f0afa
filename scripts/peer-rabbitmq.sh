#!/usr/bin/env bash
# Runs RabbitMQ with its STOMP plugin in the foreground, as a peer for tests.
#
#   scripts/peer-rabbitmq.sh DATA_DIRECTORY STOMP_PORT EPMD_PORT DIST_PORT
#   scripts/peer-rabbitmq.sh --install
#
# - A node of its own: loopback only, all files below DATA_DIRECTORY, no AMQP port, user guest/guest,
#   virtual hosts `/`, `127.0.0.1` and `localhost`.
#   `weak`/`weak-weak` may do everything but write to queues whose names begin with `locked.`.
# - The node needs an epmd on EPMD_PORT, which whoever starts this has started.
# - Ready once the STOMP port accepts a connection. The process becomes Erlang itself, so SIGTERM
#   stops it in order and SIGKILL is a crash.
# - `--install` (as root) installs Debian's package and starts no service, with or without an init system.
# - RABBITMQ_HOME names an unpacked distribution; otherwise Debian's package is used.
# - Exit code 3: not installed.
set -euo pipefail

if [ "${1:-}" = --install ]; then
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    # Packages ask this program whether they may start their service: 101 forbids it.
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends rabbitmq-server
  exit
fi

usage='usage: peer-rabbitmq.sh DATA_DIRECTORY STOMP_PORT EPMD_PORT DIST_PORT'
data=${1:?$usage}
stomp_port=${2:?$usage}
epmd_port=${3:?$usage}
dist_port=${4:?$usage}
server=${RABBITMQ_HOME:-/usr/lib/rabbitmq}
# The distribution's programs are in sbin, those of the package in bin; /usr/sbin would change the user.
for folder in bin sbin; do
  if [ -x "$server/$folder/rabbitmq-server" ]; then program=$server/$folder/rabbitmq-server; fi
done

if [ -z "${program:-}" ] || ! command -v erl > /dev/null; then
  echo "No RabbitMQ in $server: run scripts/peer-rabbitmq.sh --install, or set RABBITMQ_HOME" >&2
  exit 3
fi

mkdir -p "$data"
data=$(cd "$data" && pwd)
echo '[rabbitmq_stomp].' > "$data/enabled_plugins"
cat > "$data/rabbitmq.conf" <<CONF
listeners.tcp = none
stomp.listeners.tcp.1 = 127.0.0.1:$stomp_port
load_definitions = $data/definitions.json
log.console = true
log.file = false
CONF
# RabbitMQ's hash of a password: base64 of a salt and the SHA-256 of salt and password. No secret here.
hash_of() {
  { printf '\0\0\0\0' && { printf '\0\0\0\0' && printf '%s' "$1"; } | openssl dgst -sha256 -binary; } | base64 -w 0
}
# Clients that do not say otherwise ask for the virtual host that is called like the server.
permissions() {
  for host in / 127.0.0.1 localhost; do
    printf '{ "user": "guest", "vhost": "%s", "configure": ".*", "write": ".*", "read": ".*" },\n' "$host"
    printf '{ "user": "weak", "vhost": "%s", "configure": "^(?!locked\\\\.).*", "write": ".*", "read": ".*" },\n' "$host"
  done
}
cat > "$data/definitions.json" <<JSON
{
  "vhosts": [{ "name": "/" }, { "name": "127.0.0.1" }, { "name": "localhost" }],
  "users": [
    { "name": "guest", "password_hash": "$(hash_of guest)", "tags": "administrator" },
    { "name": "weak", "password_hash": "$(hash_of weak-weak)", "tags": "" }
  ],
  "permissions": [$(permissions | sed '$ s/,$//')]
}
JSON

export HOME=$data
export RABBITMQ_NODENAME=stompbox-$stomp_port@localhost
export RABBITMQ_CONF_ENV_FILE=$data/none
export RABBITMQ_CONFIG_FILE=$data/rabbitmq.conf
export RABBITMQ_ENABLED_PLUGINS_FILE=$data/enabled_plugins
export RABBITMQ_MNESIA_BASE=$data/mnesia
export RABBITMQ_LOG_BASE=$data/log
export RABBITMQ_PID_FILE=$data/rabbitmq.pid
export RABBITMQ_DIST_PORT=$dist_port
export ERL_EPMD_PORT=$epmd_port
export ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}'
# Without this a shell would stay between us and Erlang.
export RABBITMQ_ALLOW_INPUT=true
exec "$program" -noinput
