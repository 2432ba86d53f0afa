#!/usr/bin/env bash
# Runs Redis in the foreground, as a peer for tests.
#
#   scripts/peer-redis.sh DATA_DIRECTORY PORT
#
# - Loopback only, no password, nothing on disk. SIGTERM stops it.
# - From Debian's package: apt-get install -y redis-server
# - Exit code 3: not installed.
set -euo pipefail

data=${1:?usage: peer-redis.sh DATA_DIRECTORY PORT}
port=${2:?usage: peer-redis.sh DATA_DIRECTORY PORT}

if ! command -v redis-server > /dev/null; then
  echo 'No redis-server: run apt-get install -y redis-server' >&2
  exit 3
fi

exec redis-server --port "$port" --bind 127.0.0.1 --dir "$data" --save '' --appendonly no \
  --daemonize no
