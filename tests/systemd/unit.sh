#!/bin/bash
# Runs in the booted system: the unit as it is shipped, except that a drop-in makes its watchdog impatient.
. /stage/check.sh
config=/etc/rdpwatch/rdpwatch.yaml
mkdir -p /etc/systemd/system/rdpwatch.service.d
cat >/etc/systemd/system/rdpwatch.service.d/test.conf <<'TXT'
[Unit]
StartLimitIntervalSec=0
[Service]
WatchdogSec=3s
TimeoutAbortSec=2s
RestartSec=100ms
LoadCredential=svc-probe.password:/etc/rdpwatch/svc-probe.password
TXT
echo s3cret >/etc/rdpwatch/svc-probe.password
chmod 600 /etc/rdpwatch/svc-probe.password
systemctl daemon-reload

page() { curl -fsS http://127.0.0.1:19389/metrics; }
metric_is() { page | grep -qxF "$1 $2"; }
status_is() { property StatusText | grep -qE "$1"; }
moved() { [ "$(property MainPID)" != "$1" ] && [ "$(property MainPID)" != 0 ] && property_is ActiveState active; }
restarts() { [ "$(property NRestarts)" = "$1" ]; }
readable_by_daemon() { # FILE: with the user, group and folders of the daemon
  local pid
  pid=$(property MainPID)
  nsenter -t "$pid" -m setpriv --reuid "$(stat -c %u "/proc/$pid")" --regid "$(stat -c %g "/proc/$pid")" --clear-groups cat "$1"
}

check "the unit has no mistakes" systemd-analyze verify rdpwatch.service
check "exposure is at most 1.6" systemd-analyze security --offline=true --threshold=16 /usr/lib/systemd/system/rdpwatch.service

# --- start
check "it starts" systemctl start rdpwatch
check "it is up when start returns" property_is ActiveState active
check "its pages answer when start returns" page
check "it says what it watches" status_is '^(3 targets: .* failed.*|3 targets: .*)$'
check "the hosts were probed" until_true 20 metric_is 'rdpwatch_targets{state="failed"}' 3
check "its status follows" until_true 15 status_is '3 targets: 0 ok, 0 degraded, 3 failed, 0 pending'
check "it runs as a user of its own" refused test "$(stat -c %u "/proc/$(property MainPID)")" = 0
files=$(ulimit -Hn) # of the machine, where it allows less than the unit asks for
[ "$files" != unlimited ] && [ "$files" -lt 65536 ] || files=65536
check "it may open as many files as the unit says" grep -E "Max open files +$files +$files" "/proc/$(property MainPID)/limits"
check "and uses that for its probes" refused said 'fewer probes in flight'
check "it leaves no core" grep -qE 'Max core file size +0 +0' "/proc/$(property MainPID)/limits"
check "it has CAP_NET_RAW and nothing else" grep -qE '^CapEff:\s+0000000000002000$' "/proc/$(property MainPID)/status"
check "its state folder is its own" test "$(stat -c %u /var/lib/private/rdpwatch)" = "$(stat -c %u "/proc/$(property MainPID)")"
check "it can read its credential" test "$(readable_by_daemon /run/credentials/rdpwatch.service/svc-probe.password)" = s3cret
check "others cannot" refused readable_by_daemon /etc/rdpwatch/svc-probe.password

# --- journal
check "a changed verdict is found by host, phase and reason" \
  in_journal RDP_TARGET=127.0.0.1:3389 RDP_PHASE=connect RDP_REASON=tcp_refused
check "and by the id of the message" in_journal MESSAGE_ID=46f24b6e867f4d95b1ecd209b4e1e1fe RDP_VERDICT=failed
check "its priority is that of a warning" in_journal RDP_TARGET=127.0.0.1:3389 PRIORITY=4
check "its text is for people" said '^verdict changed target=127\.0\.0\.1:3389 verdict=failed phase=connect reason=tcp_refused '

# --- reload
pid=$(property MainPID)
sed -i 's/^targets:.*/targets: [127.0.0.1, 127.0.0.2]/' $config
check "a good reload succeeds" systemctl reload rdpwatch
check "and takes effect" until_true 10 status_is '^2 targets'
echo 'targets: [' >$config
check "a bad reload fails" refused systemctl reload rdpwatch
check "and says where the mistake is" said "rdpwatch.yaml:2:1: error"
check "the daemon lives on" test "$(property MainPID)" = "$pid"
check "with what it had" status_is '^2 targets'
check "the unit is active after a bad reload" property_is ActiveState active
kill -HUP "$pid"
check "a bad file that is only noticed inside is refused, and the status says so" until_true 10 status_is '^configuration refused; 2 targets'
check "and the unit is active again" until_true 5 property_is ActiveState active
cp /stage/etc/rdpwatch/rdpwatch.yaml $config
check "a good file again is taken" systemctl reload rdpwatch
check "and the refusal is over" until_true 10 status_is '^3 targets'
check "after all that it is the same process" test "$(property MainPID)" = "$pid"

# --- watchdog
check "signs of life arrive: more than the watchdog's time later it runs" bash -c "sleep 5; [ \$(systemctl show -P MainPID rdpwatch) = $pid ]"
before=$(property NRestarts)
kill -STOP "$pid"
check "a process that hangs is restarted" until_true 30 moved "$pid"
check "by the watchdog" said 'Watchdog timeout \(limit 3s\)'
check "once" restarts $((before + 1))
pid=$(property MainPID)
python3 /stage/hang_thread.py "$pid" probes >/run/hang 2>&1 &
check "one probe thread of it is held" until_true 10 grep -q 'is held' /run/hang
check "pages still answer then" page
check "a daemon that has stopped probing is restarted as well" until_true 30 moved "$pid"
check "once more" restarts $((before + 2))
check "it probes again" until_true 20 metric_is 'rdpwatch_targets{state="failed"}' 3
check "its log named the thread" said 'a probe thread does not move'
check "the state folder is still there" test -d /var/lib/private/rdpwatch

# --- an invalid configuration at the start
echo 'targets: [' >$config
check "a restart with a bad file fails" refused systemctl restart rdpwatch
check "and is not repeated" bash -c 'sleep 1; [ "$(systemctl show -P ActiveState rdpwatch)" = failed ]'
cp /stage/etc/rdpwatch/rdpwatch.yaml $config
check "it starts with a good one" systemctl start rdpwatch

# --- stop
begun=$SECONDS
check "it stops" systemctl stop rdpwatch
check "within 20 s" test $((SECONDS - begun)) -lt 20
check "in order" said 'stopped$'
check "and not by force" property_is Result success
closing_line
