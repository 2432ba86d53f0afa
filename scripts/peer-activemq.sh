#!/usr/bin/env bash
# Runs Apache ActiveMQ Classic in the foreground, as a peer for tests and benchmarks.
#
#   scripts/peer-activemq.sh DATA_DIRECTORY [STOMP_PORT] [OPENWIRE_PORT]
#
# - Loopback only, no authentication, messages on disk below DATA_DIRECTORY (KahaDB, its default).
# - With PEER_USERS=yes there is a user `weak`/`weak-weak`, who may use only queues named `open.…`,
#   besides everybody without a login, who may still do everything.
# - Ready once the STOMP port accepts a connection; SIGTERM stops it.
# - ACTIVEMQ_HOME names an unpacked distribution; otherwise Debian's package is used:
#   apt-get install -y activemq
# - Exit code 3: not installed.
set -euo pipefail

data=${1:?usage: peer-activemq.sh DATA_DIRECTORY [STOMP_PORT] [OPENWIRE_PORT]}
stomp_port=${2:-61613}
openwire_port=${3:-61616}
home=${ACTIVEMQ_HOME:-/usr/share/activemq}

if [ ! -e "$home/bin/activemq.jar" ]; then
  echo "No ActiveMQ in $home: run apt-get install -y activemq, or set ACTIVEMQ_HOME" >&2
  exit 3
fi

plugins=''
if [ "${PEER_USERS:-}" = yes ]; then
  plugins='<plugins>
      <simpleAuthenticationPlugin anonymousAccessAllowed="true" anonymousGroup="all">
        <users><authenticationUser username="weak" password="weak-weak" groups="weak"/></users>
      </simpleAuthenticationPlugin>
      <authorizationPlugin><map><authorizationMap><authorizationEntries>
        <authorizationEntry queue=">" read="all" write="all" admin="all"/>
        <authorizationEntry topic=">" read="all" write="all" admin="all"/>
        <authorizationEntry queue="open.>" read="all,weak" write="all,weak" admin="all,weak"/>
        <authorizationEntry topic="ActiveMQ.Advisory.>" read="all,weak" write="all,weak" admin="all,weak"/>
      </authorizationEntries></authorizationMap></map></authorizationPlugin>
    </plugins>'
fi

mkdir -p "$data/conf"
data=$(cd "$data" && pwd)
cat > "$data/conf/broker.xml" <<XML
<beans xmlns="http://www.springframework.org/schema/beans"
       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
       xsi:schemaLocation="
         http://www.springframework.org/schema/beans
         http://www.springframework.org/schema/beans/spring-beans.xsd
         http://activemq.apache.org/schema/core
         http://activemq.apache.org/schema/core/activemq-core.xsd">
  <broker xmlns="http://activemq.apache.org/schema/core" brokerName="peer"
          dataDirectory="$data" useJmx="false" schedulerSupport="true">
    <persistenceAdapter>
      <kahaDB directory="$data/kahadb"/>
    </persistenceAdapter>
    $plugins
    <transportConnectors>
      <transportConnector name="stomp" uri="stomp+nio://127.0.0.1:$stomp_port"/>
      <transportConnector name="openwire" uri="tcp://127.0.0.1:$openwire_port"/>
    </transportConnectors>
  </broker>
</beans>
XML

exec java -Xms512m -Xmx2g \
  -Dactivemq.home="$home" -Dactivemq.base="$data" \
  -Dactivemq.conf="$data/conf" -Dactivemq.data="$data" \
  -jar "$home/bin/activemq.jar" start "xbean:file:$data/conf/broker.xml"
