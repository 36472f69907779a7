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

# --- upgrade from the release before, which is this one with another number
version=$(rdpwatch --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
previous=0.0.9
mkdir -p /var/lib/previous /etc/systemd/system/rdpwatch.service.d
sed "s/$version/$previous/g" /usr/bin/rdpwatch >/var/lib/previous/rdpwatch
chmod 755 /var/lib/previous/rdpwatch
printf '[Service]\nExecStart=\nExecStart=/var/lib/previous/rdpwatch run --config /etc/rdpwatch/rdpwatch.yaml\n' \
  >/etc/systemd/system/rdpwatch.service.d/previous.conf
printf 'modules: {default: {interval: 5s, timeout: 2s, retries: 0}}\ntargets: [{id: one, host: 127.0.0.1}]\n' >/etc/rdpwatch/rdpwatch.yaml
systemctl daemon-reload
state=/var/lib/private/rdpwatch/rdpwatch.state
failed_since() { grep -oE '"since":[0-9]+' $state; }
is_release() { metrics | grep "^rdpwatch_build_info{.*version=\"$1\""; }
state_says() { grep -qE "$1" $state; }
loads() { journalctl --sync && [ "$(journalctl -u rdpwatch -o cat --no-pager | grep -cE "^state loaded .*$1")" = "$2" ]; }

check "the release before runs" systemctl restart rdpwatch
check "as such" is_release $previous
check "and probes" until_true 20 bash -c 'curl -fsS http://127.0.0.1:19389/api/v1/targets/one | grep tcp_refused'
check "a restart keeps that" systemctl restart rdpwatch
since=$(failed_since)
check "with the moment since when the host fails" test -n "$since"
pid=$(property MainPID)
check "an upgrade lets it run on" $scripts/prerm upgrade "$version"
check "that far" property_is MainPID "$pid"
rm /etc/systemd/system/rdpwatch.service.d/previous.conf # now the new program and unit are there
check "and restarts it at the end" $scripts/postinst configure $previous
check "as a new process" refused property_is MainPID "$pid"
check "of the new release" is_release "$version"
check "with the state of the one before" said "state loaded targets=1 release=$previous .*after=\"a stop\""
check "nothing is pending" bash -c 'curl -fsS http://127.0.0.1:19389/metrics | grep -F "rdpwatch_targets{state=\"pending\"} 0"'
check "the state is now that of the new release" until_true 10 state_says "\"release\":\"$version\""
check "where the host fails since the same moment" test "$(failed_since)" = "$since"
check "and which nobody else can read" test "$(stat -c %a $state)" = 600

# --- killed, and started again by systemd
kill -KILL "$(property MainPID)"
check "after a kill it comes back with its state" until_true 10 loads 'after="an abrupt end"' 1
check "and runs" until_true 10 metrics
check "the host fails since the same moment" test "$(failed_since)" = "$since"

# --- back to an older release, which cannot read the state
systemctl stop rdpwatch
printf '{"rdpwatch_state":99,"release":"9.9.9"}\n' >/var/lib/previous/newer
cp -p $state /var/lib/previous/kept
cat /var/lib/previous/newer >$state
check "the state of a newer release is refused" refused systemctl start rdpwatch
check "with its name and what to do" said 'was written by rdpwatch 9.9.9, .* move the file away'
check "for good: systemd does not try again" property_is ActiveState failed
check "the state is not touched" cmp /var/lib/previous/newer $state
cat /var/lib/previous/kept >$state
check "with its own it starts again" systemctl start rdpwatch

# --- removal
check "removal stops it" $scripts/prerm remove
check "so it does not run" refused systemctl is-active rdpwatch
check "removal keeps the state" $scripts/postrm remove
check "which is there" state_is_there
check "purge succeeds" $scripts/postrm purge
check "the state is gone" refused state_is_there
check "and the link to it" refused test -L /var/lib/rdpwatch
check "nothing is enabled any more" refused test -e /etc/systemd/system/multi-user.target.wants/rdpwatch.service
closing_line
