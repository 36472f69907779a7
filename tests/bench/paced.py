"""P4, P5, P14: the daemon's CPU on a schedule of 10,000 targets a minute, beside blackbox_exporter at the same pace."""
import subprocess
import time

from yard import Failure, PORT, TLS_PORT, Yard, config_text, cpu_seconds, total
from rows import Figure, plain, ratio

TARGETS = 10_000
INTERVAL = 60
PACE = TARGETS / INTERVAL


def paced_daemon(yard, options, depth):
    """CPU seconds per probe over a window after the first round, and how it was got. Nobody scrapes meanwhile;
    every climb must pass, at the pace of the schedule."""
    url = yard.watch(yard.write("rdpwatch.yaml", config_text(TARGETS, depth)), "--log.level=error")
    yard.wait_for_first_round(url, 5 * INTERVAL)
    pid = yard.processes["rdpwatch"].pid
    probes = yard.climbs(url)
    spent = cpu_seconds(pid)
    time.sleep(options.window)
    spent = cpu_seconds(pid) - spent
    probes = yard.climbs(url) - probes
    if probes < 0.98 * PACE * options.window:
        raise Failure(f"only {probes:.0f} probes in {options.window} s: the machine cannot keep the pace")
    yard.stop("rdpwatch")
    return spent / probes, f"rdpwatch run, {TARGETS} targets, depth {depth}, interval 60s, {options.window} s"


def beside_blackbox(options, goal, depth, module, port, limit):
    with Yard(options.build) as yard:
        yard.hosts()
        ours, how = paced_daemon(yard, options, depth)
        yard.tls_server()
        yard.blackbox()
        count = int(PACE * options.window)
        theirs, command = yard.load(module, port, TARGETS, 64, count, f"{PACE:.1f}")
        yield ratio(goal, f"{depth} climbs, 10,000 targets at 60 s / blackbox_exporter {module}, CPU", limit,
                    Figure("daemon", ours * 1e6, "us per probe", how),
                    Figure("blackbox_exporter", theirs * 1e6, "us per probe", command))


def connect_climbs(options):
    """P4"""
    yield from beside_blackbox(options, "P4", "connect", "tcp", PORT, 0.15)


def nla_climbs(options):
    """P5"""
    yield from beside_blackbox(options, "P5", "nla", "tls", TLS_PORT, 0.70)


def drop_syns():
    """No SYN arrives any more, in this namespace."""
    rules = f"""
table ip rdpbench {{
  chain input {{
    type filter hook input priority 0
    tcp dport {PORT} tcp flags & (syn | ack) == syn drop
  }}
}}
"""
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def mend():
    subprocess.run(["nft", "delete", "table", "ip", "rdpbench"], check=True)


def dead_fleet(options):
    """P14: the healthy run first, then the same daemon while every SYN is dropped."""
    with Yard(options.build) as yard:
        yard.hosts()
        url = yard.watch(yard.write("rdpwatch.yaml", config_text(TARGETS)), "--log.level=error")
        yard.wait_for_first_round(url, 5 * INTERVAL)
        pid = yard.processes["rdpwatch"].pid
        healthy, before = window_of_cpu(pid, options.window), yard.resident_kib("rdpwatch")
        yard.climbs(url)
        drop_syns()
        try:
            time.sleep(INTERVAL + 15)
            dead = window_of_cpu(pid, options.window)
            begin = time.monotonic()
            page = yard.page(url)
            served = time.monotonic() - begin
            after = yard.resident_kib("rdpwatch")
        finally:
            mend()
        failed = total(page, "rdpwatch_targets", 'state="failed"')
        if failed < 0.99 * TARGETS:
            raise Failure(f"only {failed:.0f} targets failed, though no SYN arrives")
        how = f"rdpwatch run, {TARGETS} targets, depth nla, interval 60s, {options.window} s"
        yield ratio("P14", "CPU, the whole fleet dead / healthy", 1.0,
                    Figure("dead", dead * 1e3, "ms per s", how + ", SYNs dropped"),
                    Figure("healthy", healthy * 1e3, "ms per s", how), remark=f"{failed:.0f} targets failed")
        yield plain("P14", "memory, the whole fleet dead", 128,
                    Figure("dead", after / 1024, "MiB", "VmRSS"), Figure("healthy", before / 1024, "MiB", "VmRSS"))
        yield plain("P14", "page served, the whole fleet dead", 1,
                    Figure("GET /metrics", served, "s", "with some 2,000 climbs in flight"))


def window_of_cpu(pid, seconds):
    """CPU seconds per second over a window."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds
