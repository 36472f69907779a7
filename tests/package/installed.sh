#!/bin/bash
# Runs in the booted system: the package as installed, but unpacked instead of by dpkg -i, since /usr is the machine's
# own and read-only. So what the maintainer scripts do is done by calling them.
. /stage/check.sh
scripts=/stage/control
export DPKG_MAINTSCRIPT_PACKAGE=rdpwatch # as dpkg does; Debian's tools for services ask for it
# As on Debian: what is installed is enabled, and may be started (a build machine may forbid that).
mkdir -p /run/systemd/system-preset
echo 'enable rdpwatch.service' >/run/systemd/system-preset/00-debian.preset
if [ -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 0\n' >/var/tmp/policy
  chmod 755 /var/tmp/policy
  mount --bind /var/tmp/policy /usr/sbin/policy-rc.d
fi
metrics() { curl -fsS http://127.0.0.1:19389/metrics; }
state_is_there() { test -d /var/lib/private/rdpwatch; }

check "the default configuration is valid" rdpwatch check-config /etc/rdpwatch/rdpwatch.yaml
check "the unit has no mistakes" systemd-analyze verify rdpwatch.service
check "nothing runs before the configuration of the package" refused systemctl is-active rdpwatch
check "postinst configures" $scripts/postinst configure ""
check "the service is enabled" systemctl is-enabled rdpwatch
check "it runs" systemctl is-active rdpwatch
check "its metrics answer" until_true 10 bash -c 'curl -fsS http://127.0.0.1:19389/metrics | grep "^rdpwatch_build_info{"'
check "it watches nothing yet, and says so" bash -c 'systemctl show -P StatusText rdpwatch | grep "^0 targets: "'
check "the manual is there" man -w rdpwatch
check "and that of the configuration" man -w 5 rdpwatch.yaml
pid=$(property MainPID)
check "an upgrade lets it run on" $scripts/prerm upgrade 9
check "that far" property_is MainPID "$pid"
check "and restarts it at the end" $scripts/postinst configure 0.0.1
check "as a new process" refused property_is MainPID "$pid"
check "whose metrics answer" metrics
check "removal stops it" $scripts/prerm remove
check "so it does not run" refused systemctl is-active rdpwatch
check "removal keeps the state" $scripts/postrm remove
check "which is there" state_is_there
check "purge succeeds" $scripts/postrm purge
check "the state is gone" refused state_is_there
check "and the link to it" refused test -L /var/lib/rdpwatch
check "nothing is enabled any more" refused test -e /etc/systemd/system/multi-user.target.wants/rdpwatch.service
closing_line
