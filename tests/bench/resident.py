"""P6, P7: the page of a fleet, and the memory of targets."""
import re
import time

from yard import Yard, config_text, get_bytes, output, shown
from rows import Figure, plain, ratio


def page(options):
    """P6"""
    with Yard(options.build) as yard:
        command = [yard.program("bench_page"), "10000"]
        text = output(command)
        how = shown(command)

        def figure(name, what):
            line = re.search(rf"^{re.escape(what)}\s+([\d.]+) (\S+)$", text, re.MULTILINE)
            return Figure(name, float(line.group(1)), line.group(2), how)

        yield ratio("P6", "page of 10,000 targets: render / memcpy", 5, figure("rendered", "rendered"),
                    figure("memcpy", "memcpy of it"))
        yield ratio("P6", "page of 10,000 targets: served / prometheus-cpp", 0.06, figure("served", "served"),
                    figure("Registry and Exposer", "prometheus-cpp Exposer"))
        yield ratio("P6", "page of 10,000 targets: served with gzip / prometheus-cpp", 0.15,
                    figure("served", "served, gzip"), figure("Registry and Exposer", "prometheus-cpp Exposer, gzip"))


def idle_daemon(yard, targets, scrapes):
    """KiB of a daemon whose targets wait for their first probe."""
    url = yard.watch(yard.write("idle.yaml", config_text(targets, interval="10h")), "--log.level=error")
    for _ in range(scrapes):
        yard.page(url)
    kib = yard.resident_kib("rdpwatch")
    yard.stop("rdpwatch")
    return kib


def daemon(options):
    """P7"""
    with Yard(options.build) as yard:
        yard.hosts()
        url = yard.watch(yard.write("rdpwatch.yaml", config_text(10_000)), "--log.level=error")
        yard.wait_for_first_round(url, 300)
        for number in range(30):
            if number % 2:
                get_bytes(url + "/metrics", "gzip")
            else:
                yard.page(url)
            time.sleep(0.5)
        yard.climbs(url)
        kib = yard.resident_kib("rdpwatch")
        yard.stop("rdpwatch")
        yield plain("P7", "memory after 30 scrapes, 10,000 targets, nla", 64,
                    Figure("daemon", kib / 1024, "MiB", "rdpwatch run, interval 60s, every target probed; VmRSS"))
        small, large = idle_daemon(yard, 10_000, 2), idle_daemon(yard, 50_000, 2)
        yield plain("P7", "memory of each further idle target, 10,000 to 50,000", 4,
                    Figure("target", (large - small) / 40_000, "KiB", "(50,000 - 10,000) / 40,000 of VmRSS, interval 10h"),
                    Figure("10,000", small / 1024, "MiB", "VmRSS"), Figure("50,000", large / 1024, "MiB", "VmRSS"))
