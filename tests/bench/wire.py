"""P13: bytes on the wire, by the counters of the loopback interface of our own namespace."""
import re
import subprocess

from climb_cost import climb
from yard import Yard, output, shown
from rows import Figure, ratio

# What a probe needs: TCP, X.224, nla with a self-signed RSA-2048 certificate (Ethernet headers included).
NEEDED = {"connect": 427, "negotiate": 714, "nla": 3830}
COUNT = 500


def received_bytes():
    line = next(line for line in open("/proc/self/net/dev", encoding="ascii") if line.strip().startswith("lo:"))
    return int(re.split(r"\s+", line.split(":", 1)[1].strip())[0])


def bytes_per_probe(options):
    """P13"""
    with Yard(options.build) as yard:
        subprocess.run(["ip", "link", "set", "lo", "mtu", "1500"], check=True)
        yard.hosts()
        for depth, needed in NEEDED.items():
            command = climb(yard, depth, COUNT, "--concurrency", "1")
            before = received_bytes()
            output(command)
            spent = (received_bytes() - before) / COUNT
            yield ratio("P13", f"{depth} climb, bytes on the wire / needed", 1.0,
                        Figure("climb", spent, "B", shown(command)), Figure("needed", needed, "B", "anchor: a plain C prober over veth"))
        subprocess.run(["ip", "link", "set", "lo", "mtu", "65536"], check=True)
