"""P1, P2, P3, P8, P15: what one climb costs, in a burst, beside floors and peers."""
import os
import re
import resource
import subprocess

from yard import PORT, Failure, Yard, cpu_us, instructions, least, output, shown
from rows import Figure, plain, ratio

HOSTS = 1000


def climb(yard, depth, count, *more):
    return [yard.program("bench_climb"), "--port", str(PORT), "--depth", depth, "--count", str(count), "--hosts",
            str(HOSTS), *more]


def per_unit(folder, command, low, high, *collected):
    """Instructions of one more unit of work; `command` makes the command of a number of units."""
    return (instructions(folder, command(high), *collected) - instructions(folder, command(low), *collected)) / (high - low)


def instructions_of_a_climb(options):
    """P1"""
    with Yard(options.build) as yard:
        yard.hosts()
        floor = lambda count: [yard.program("bench_floor_handshake"), str(count)]
        ours = lambda count: climb(yard, "nla", count, "--concurrency", "1")
        collected = ("client_create", "client_step", "client_destroy")
        instructions_of_floor = per_unit(yard.folder, floor, 20, 120, *collected)
        instructions_of_ours = per_unit(yard.folder, ours, 20, 120)
        yield ratio("P1", "nla climb / bare TLS 1.3 handshake, user instructions", 1.15,
                    Figure("climb", instructions_of_ours / 1e6, "M",
                           f"callgrind, ((120) - (20)) / 100 of {shown(ours('N'))}"),
                    Figure("handshake", instructions_of_floor / 1e6, "M",
                           f"callgrind --toggle-collect=client_*, the same of {shown(floor('N'))}"))


class pinned:
    """This process and what it starts stay on one processor: a busy sibling alone changes times by half."""

    def __enter__(self):
        self.allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(self.allowed)})

    def __exit__(self, *error):
        os.sched_setaffinity(0, self.allowed)


def cpu_of_a_climb(options):
    """P2"""
    with pinned(), Yard(options.build) as yard:
        yard.hosts()
        ours = climb(yard, "nla", 1000)
        floor = [yard.program("bench_floor_handshake"), "1000"]
        climbed, bare = least(options.rounds, lambda: cpu_us(ours), lambda: cpu_us(floor))
        yield ratio("P2", "nla climb / bare TLS 1.3 handshake, CPU in a burst", 1.75,
                    Figure("climb", climbed, "us", shown(ours)), Figure("handshake", bare, "us", shown(floor)))


def cpu_of_a_connect(options):
    """P3"""
    count = 20_000
    with pinned(), Yard(options.build) as yard:
        yard.hosts()
        ours = climb(yard, "connect", count)
        floor = [yard.program("bench_floor_connect"), str(PORT), str(count), "32", str(HOSTS)]
        climbed, bare = least(options.rounds, lambda: cpu_us(ours), lambda: cpu_us(floor))
        yield ratio("P3", "connect climb / raw epoll, CPU in a burst", 1.25,
                    Figure("climb", climbed, "us", shown(ours)), Figure("raw epoll", bare, "us", shown(floor)))
    with Yard(options.build) as yard:
        yard.hosts()
        yard.blackbox()
        load = {}

        def loaded():
            cost, load["command"] = yard.load("tcp", PORT, HOSTS, 32, count // 4)
            return cost * 1e6

        climbed, theirs = least(options.rounds, lambda: cpu_us(ours), loaded)
        yield ratio("P3", "connect climb / blackbox_exporter tcp, CPU in a burst", 0.20,
                    Figure("climb", climbed, "us", shown(ours)), Figure("blackbox_exporter", theirs, "us", load["command"]))


def memory_of_stalled_climbs(options):
    """P8"""
    with Yard(options.build) as yard:
        yard.hosts(behaviour="tls: silence")
        command = climb(yard, "nla", 1000, "--stall")
        kib = float(re.search(r"kib ([\d.]+)", output(command)).group(1))
        yield plain("P8", "resident memory of a climb that stalls in tls", 48, Figure("climb", kib, "KiB", shown(command)))


def children_seconds(command, accepted=(0,)):
    """User and system time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode not in accepted:
        raise Failure(f"{shown(command)} ended with {run.returncode}: {(run.stdout + run.stderr)[-300:]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def full_climb_and_peers(options):
    """P15"""
    nmap = lambda hosts: ["nmap", "-n", "-Pn", "-sT", "-p", str(PORT), "--script", "rdp-ntlm-info", hosts]
    freerdp = ["xfreerdp", "/v:127.1.0.1", "/u:bench", "/p:bench", "/cert:ignore", "/log-level:OFF", "+auth-only"]
    refused = 134  # its exit code for a logon failure: it climbed as far as the simulated host lets it
    with Yard(options.build) as yard:
        yard.hosts()
        yard.display()
        check_nmap(nmap("127.1.0.1"))
        ours = climb(yard, "nla", 1000)
        climbed, small, large, client = least(
            max(2, options.rounds // 2), lambda: cpu_us(ours), lambda: children_seconds(nmap("127.1.0.1-50")),
            lambda: children_seconds(nmap("127.1.0-1.1-225")), lambda: children_seconds(freerdp, (refused,)))
        figure = Figure("climb", climbed, "us", shown(ours))
        yield ratio("P15", "full climb / nmap rdp-ntlm-info, CPU per host", 0.6, figure,
                    Figure("nmap", (large - small) / 400 * 1e6, "us",
                           f"(450 hosts - 50 hosts) / 400 of {shown(nmap('HOSTS'))}"), remark="nmap without its start")
        yield ratio("P15", "full climb / xfreerdp, CPU per host", 0.005, figure,
                    Figure("xfreerdp", client * 1e6, "us", shown(freerdp)), remark="one process for each host")


def check_nmap(command):
    if "Target_Name" not in output(command):
        raise Failure("nmap's script got no challenge from the simulated host")
