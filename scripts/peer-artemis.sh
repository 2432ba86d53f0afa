#!/usr/bin/env bash
# Runs Apache ActiveMQ Artemis in the foreground, as a peer for tests.
#
#   scripts/peer-artemis.sh DATA_DIRECTORY STOMP_PORT
#   scripts/peer-artemis.sh --install
#
# - Loopback only, messages on disk below DATA_DIRECTORY. Its acceptor and addresses are those of a
#   fresh `artemis create`: no prefixes, addresses are MULTICAST unless a client says otherwise.
#   With PEER_PREFIXES=yes the acceptor knows /queue/ and /topic/, as its manual advises for STOMP.
# - Everybody without a login may do everything; `weak`/`weak-weak` may use only queues named `open.…`.
# - Ready once the STOMP port accepts a connection. The process becomes Java itself, so SIGTERM stops it
#   in order and SIGKILL is a crash.
# - `--install` brings what peer-artemis.pom.xml names from Maven Central, with mvn, into ARTEMIS_HOME.
# - ARTEMIS_HOME: a folder with a folder lib; default is below XDG_CACHE_HOME or ~/.cache.
# - Exit code 3: not installed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pom=$here/peer-artemis.pom.xml
version=$(sed -n 's:.*<artemis.version>\(.*\)</artemis.version>.*:\1:p' "$pom")
home=${ARTEMIS_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/stompbox/artemis-$version}

if [ "${1:-}" = --install ]; then
  if [ -e "$home/lib/artemis-server-$version.jar" ]; then exit 0; fi
  if ! command -v mvn > /dev/null; then
    echo 'Maven is missing: run apt-get install -y maven' >&2
    exit 1
  fi
  # Whole or not at all: what a broken download leaves is no installation.
  mkdir -p "$(dirname "$home")"
  new=$(mktemp -d "$home.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  mvn --quiet --batch-mode --file "$pom" dependency:copy-dependencies -DoutputDirectory="$new/lib"
  chmod 755 "$new"
  rm -rf "$home"
  mv "$new" "$home"
  exit
fi

usage='usage: peer-artemis.sh DATA_DIRECTORY STOMP_PORT | --install'
data=${1:?$usage}
stomp_port=${2:?$usage}

if [ ! -e "$home/lib/artemis-server-$version.jar" ] || ! command -v java > /dev/null; then
  echo "No Artemis in $home: run scripts/peer-artemis.sh --install, or set ARTEMIS_HOME" >&2
  exit 3
fi

parameters='protocols=STOMP;securityDomain=peer'
if [ "${PEER_PREFIXES:-}" = yes ]; then
  parameters="$parameters;anycastPrefix=/queue/;multicastPrefix=/topic/"
fi

mkdir -p "$data/etc"
data=$(cd "$data" && pwd)
cat > "$data/etc/broker.xml" <<XML
<configuration xmlns="urn:activemq"><core xmlns="urn:activemq:core">
  <name>peer</name>
  <journal-type>NIO</journal-type>
  <journal-directory>$data/journal</journal-directory>
  <bindings-directory>$data/bindings</bindings-directory>
  <large-messages-directory>$data/large-messages</large-messages-directory>
  <paging-directory>$data/paging</paging-directory>
  <acceptors>
    <acceptor name="stomp">tcp://127.0.0.1:$stomp_port?$parameters</acceptor>
  </acceptors>
  <address-settings>
    <address-setting match="#">
      <dead-letter-address>DLQ</dead-letter-address>
      <expiry-address>ExpiryQueue</expiry-address>
    </address-setting>
  </address-settings>
  <security-settings>
$(setting() {
  echo "    <security-setting match=\"$1\">"
  for type in createAddress deleteAddress createDurableQueue deleteDurableQueue \
    createNonDurableQueue deleteNonDurableQueue send consume browse; do
    echo "      <permission type=\"$type\" roles=\"$2\"/>"
  done
  echo '    </security-setting>'
}
setting '#' all
setting '/queue/open.#' all,weak
setting 'open.#' all,weak)
  </security-settings>
</core></configuration>
XML
cat > "$data/etc/login.config" <<CONFIG
peer {
  org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule sufficient
    baseDir="$data/etc"
    org.apache.activemq.jaas.properties.user="users.properties"
    org.apache.activemq.jaas.properties.role="roles.properties";
  org.apache.activemq.artemis.spi.core.security.jaas.GuestLoginModule sufficient
    org.apache.activemq.jaas.guest.user="guest"
    org.apache.activemq.jaas.guest.role="all";
};
CONFIG
echo 'weak = weak-weak' > "$data/etc/users.properties"
echo 'weak = weak' > "$data/etc/roles.properties"

exec java -Xms256m -Xmx1g \
  -Djava.security.auth.login.config="$data/etc/login.config" \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=info \
  -cp "$home/lib/*" org.apache.activemq.artemis.core.server.embedded.Main "$data"
