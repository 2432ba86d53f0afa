#!/usr/bin/env bash
# Runs PostgreSQL in the foreground, as a peer for tests.
#
#   scripts/peer-postgres.sh DATA_DIRECTORY PORT
#
# - Loopback only, user and database `postgres`, no password, nothing is synced to disk.
# - PostgreSQL refuses to run as root: then it runs as `nobody`, who gets DATA_DIRECTORY.
# - SIGTERM stops it when its clients have left.
# - POSTGRES_BIN names a folder with initdb and postgres; otherwise Debian's package is used:
#   apt-get install -y postgresql
# - Exit code 3: not installed.
set -euo pipefail

data=${1:?usage: peer-postgres.sh DATA_DIRECTORY PORT}
port=${2:?usage: peer-postgres.sh DATA_DIRECTORY PORT}
bin=${POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1)}

if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/postgres" ]; then
  echo "No PostgreSQL in ${bin:-/usr/lib/postgresql}: run apt-get install -y postgresql" >&2
  exit 3
fi

as_user=()
if [ "$(id -u)" = 0 ]; then
  chown nobody "$data"
  as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
# It may not be allowed to enter the folder of whoever started this.
cd "$data"
export LC_ALL=C
if [ ! -e "$data/cluster/PG_VERSION" ]; then
  "${as_user[@]}" "$bin/initdb" --pgdata="$data/cluster" --username=postgres --auth=trust \
    --encoding=UTF8 --no-sync
fi
exec "${as_user[@]}" "$bin/postgres" -D "$data/cluster" -p "$port" -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories= -c fsync=off -c max_connections=100
