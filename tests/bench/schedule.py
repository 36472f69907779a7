"""P9, P10, P12: whether the schedule is kept, whom a dead name server delays, how long a reload takes."""
import json
import re
import signal
import socket
import statistics
import subprocess
import time

from yard import Failure, Machine, Yard, config_text, family, samples, shown, total, until
from rows import Figure, plain

TARGETS = 10_000


def lags(page):
    """[(bound, how many started within it)] of the start lag, ascending."""
    buckets = [(float(re.search(r'le="([^"]+)"', series).group(1)), count) for series, count in
               samples(family(page, "rdpwatch_schedule_lag_seconds_bucket")).items()]
    return sorted(buckets)


def quantile(share, before, after):
    """The bound of the first bucket that holds this share of what came between two pages, and within it by line."""
    counts = [(bound, late - early) for (bound, early), (_, late) in zip(before, after)]
    wanted, low, below = share * counts[-1][1], 0.0, 0
    for bound, count in counts:
        if count >= wanted:
            inside = (wanted - below) / (count - below) if count > below else 1
            return low + (bound - low) * inside if bound != float("inf") else float("inf")
        low, below = bound, count
    return float("inf")


def last_runs(page):
    return samples(family(page, "rdp_probe_last_run_timestamp_seconds"))


def drift(before, after, interval):
    """Median change of the place of a target in its interval, seconds per interval."""
    changes = []
    for series, late in after.items():
        rounds = round((late - before[series]) / interval)
        if rounds:
            changes.append((late - before[series] - rounds * interval) / rounds)
    return abs(statistics.median(changes))


def start_lag(options):
    """P9"""
    with Yard(options.build) as yard:
        yard.hosts()
        config = yard.write("rdpwatch.yaml", config_text(TARGETS))
        url = yard.watch(config, "--log.level=error")
        yard.wait_for_first_round(url, 300)
        first = yard.page(url)
        seconds = max(options.window, 60) + 30
        begin, reloaded, machine = time.monotonic(), False, Machine()
        while time.monotonic() - begin < seconds:
            time.sleep(15)
            yard.page(url)
            if not reloaded and time.monotonic() - begin > seconds / 2:
                config.write_text(config_text(TARGETS, note="reloaded"))
                yard.processes["rdpwatch"].send_signal(signal.SIGHUP)
                reloaded = True
        machine.check()
        yard.climbs(url)
        last = yard.page(url)
        how = f"rdpwatch run, {TARGETS} targets, nla, 60s; {seconds} s, scraped every 15 s, all targets changed by a reload"
        count = Figure("starts", lags(last)[-1][1] - lags(first)[-1][1], "", "rdpwatch_schedule_lag_seconds_count")
        for share, limit in ((0.99, 50), (0.999, 250)):
            found = Figure("daemon", quantile(share, lags(first), lags(last)) * 1e3, "ms", how)
            yield plain("P9", f"start lag, p{share * 100:g}", limit, found, count, remark="within its bucket by line")
        moved = drift(last_runs(first), last_runs(last), 60)
        yield plain("P9", "drift of start times", 5, Figure("median", moved * 1e3, "ms per interval",
                                                            "rdp_probe_last_run_timestamp_seconds"))


NAMES = 1000
DEADLINE = 3
DNS_FLEET = """
port: 3389
hosts:
  - {{address: 127.1.0.1, count: {names}, name: "host{{n}}.bench.example"}}
dns: {{listen: 127.53.0.1:53, ttl: 1s, records: []}}
"""
DNS_CONFIG = """
modules:
  default: {{depth: resolve, timeout: 10s, retries: 0, phase_timeouts: {{resolve: {deadline}s}}}}
  good: {{resolver: {{servers: [127.53.0.1]}}}}
  dead: {{resolver: {{servers: [127.53.0.2]}}}}
connection_budget: {{connections: 1000, window: 120s}}
targets:
  - {{hosts: "host[{first}-{names}].bench.example", module: good}}
"""
DEAD = '  - {{hosts: "gone[1-{names}].bench.example", module: dead}}\n'


def resolve_times(yard, config):
    """{target: (verdict, seconds)} of a climb of all targets at once."""
    command = [yard.program("rdpwatch"), "probe", "--config", config, "--json", "--quiet"]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)
    if run.returncode not in (0, 1):
        raise Failure(f"{shown(command)} ended with {run.returncode}: {run.stderr[-300:]}")
    reports = [json.loads(line) for line in run.stdout.splitlines()]
    return {report["target"]: (report["verdict"], report["duration_seconds"]) for report in reports}


def dead_name_server(options):
    """P10: names on a server that never answers, at once with names on one that does."""
    with Yard(options.build) as yard, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.53.0.2", 53))
        yard.simulate(yard.write("fleet.yaml", DNS_FLEET.format(names=NAMES)))
        text = DNS_CONFIG.format(names=NAMES, first="1".zfill(len(str(NAMES))), deadline=DEADLINE)
        machine = Machine()
        alone = resolve_times(yard, yard.write("alone.yaml", text))
        both = resolve_times(yard, yard.write("both.yaml", text + DEAD.format(names=NAMES)))
        machine.check()
        dead = [seconds for target, (verdict, seconds) in both.items() if target.startswith("gone")]
        good = [(verdict, seconds) for target, (verdict, seconds) in both.items() if target.startswith("host")]
        if len(dead) != NAMES or len(good) != NAMES or any(verdict == "failed" for verdict, _ in good):
            raise Failure(f"{len(dead)} dead and {len(good)} good names, of which some failed")
        how = f"rdpwatch probe --config F: {NAMES} names on a mute server, {NAMES} on a good one, at once"
        slowest = Figure("slowest verdict", max(dead), "s", how)
        yield plain("P10", "dead name server: slowest verdict / resolve deadline", 1.2,
                    Figure("ratio", max(dead) / DEADLINE, "x", f"deadline {DEADLINE} s"), slowest)
        with_dead = Figure("beside the dead", max(seconds for _, seconds in good), "s", how)
        without = Figure("alone", max(seconds for _, seconds in alone.values()), "s", "the same without the mute server")
        yield plain("P10", "dead name server: delay of the slowest other name / deadline", 0.1,
                    Figure("ratio", (with_dead.value - without.value) / DEADLINE, "x", "difference / deadline"),
                    with_dead, without)


def seconds_to_drop(yard, targets):
    """Seconds from SIGHUP until the page shows half of the targets gone. Every target has been probed before."""
    half = targets // 2
    config, machine = yard.write("rdpwatch.yaml", config_text(targets, "connect", "20s")), Machine()
    url = yard.watch(config, "--log.level=error")
    yard.wait_for_first_round(url, 120)
    config.write_text(config_text(half, "connect", "20s"))
    yard.climbs(url)
    begin = time.monotonic()
    yard.processes["rdpwatch"].send_signal(signal.SIGHUP)
    until("targets dropped", lambda: total(yard.page(url), "rdpwatch_targets") == half, 60, every=0.02)
    seconds = time.monotonic() - begin
    machine.check()
    yard.stop("rdpwatch")
    return seconds


def dropping_reload(options):
    """P12"""
    with Yard(options.build) as yard:
        yard.hosts()
        small, large = (min(seconds_to_drop(yard, targets) for _ in range(2)) for targets in (10_000, 20_000))
        how = "rdpwatch run, connect, 20s; SIGHUP until rdpwatch_targets shows it"
        drop = Figure("10,000 of 20,000", large, "s", how)
        half = Figure("5,000 of 10,000", small, "s", how)
        yield plain("P12", "reload that drops 10,000 of 20,000 targets", 1, drop, remark="includes serving the page once")
        yield plain("P12", "the same beside 5,000 of 10,000 (linear: 2)", 2.5,
                    Figure("ratio", large / small, "x", "one divided by the other"), drop, half)
