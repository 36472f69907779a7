"""The daemon over a host that drops every SYN, the worst fault for it: what it says of the way, and how many connections
it makes. Run by tests/path/run in a network of its own."""
import contextlib
import json
import subprocess
import tempfile
import time

LISTEN = "127.0.0.1:19389"
LIMIT = 60  # seconds
MOST_BY_CLIMBS = 4  # in 120 seconds
MOST_BY_TRACE = 3  # that reach a silent host: two with a short time to live, and the last


def config(net):
    return f"""
listen: [{LISTEN}]
modules: {{default: {{timeout: 2s, depth: connect, interval: 5s, retries: 1, retry_delay: 1s}}}}
targets:
  - {{id: v4, host: {net.HOST[4]}, port: {net.PORT}}}
  - {{id: v6, host: "{net.HOST[6]}", port: {net.PORT}}}
"""


def fetch(net, path):
    done = subprocess.run(["ip", "netns", "exec", net.C, "curl", "-sf", f"http://{LISTEN}{path}"], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def until(what):
    """What `what` returns as soon as that is true, or when there is no more time."""
    end = time.monotonic() + LIMIT
    while not (seen := what()) and time.monotonic() < end:
        time.sleep(0.3)
    return seen


def refused(net):
    """Probes that were due and had no room in the connection budget."""
    values = [line.split()[-1] for line in fetch(net, "/metrics").splitlines()
              if line.startswith('rdpwatch_probes_skipped_total{reason="budget"}')]
    return values and 4 <= float(values[0])


def target(net, version):
    text = fetch(net, f"/api/v1/targets/v{version}")
    seen = json.loads(text) if text else {}
    return seen if "path" in seen else None


def judge(net, version, seen, came):
    """What is wrong, a line each. `came`: connections that reached the host."""
    hop = f"hop 2 ({net.HOP[2, version]})"
    path = seen.get("path", {})
    wrong = []
    if seen.get("reason") != "tcp_timeout" or path.get("reason") != "tcp_timeout":
        wrong.append(f"reason {seen.get('reason')}, traced after {path.get('reason')}")
    if f"answers up to {hop}, then silence" not in path.get("says", ""):
        wrong.append(f"says {path.get('says')}")
    if hop not in seen.get("advice", [""])[0]:
        wrong.append(f"advice {seen.get('advice')}")
    if path.get("ping", {}).get("received") != 5:
        wrong.append(f"ping {path.get('ping')}")
    if MOST_BY_CLIMBS + MOST_BY_TRACE < came:
        wrong.append(f"{came} connections reached the host")
    return wrong


def check(binary, net):
    """Verdicts, and what is to be printed. `net`: tests/path/run, with its network up."""
    verdicts, lines = [], []
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".yaml"))
        file.write(config(net))
        file.flush()
        came = {}
        for version in (4, 6):
            stack.enter_context(net.rules(version, net.H, "input", net.tcp(version, "drop")))
        with contextlib.ExitStack() as counts:
            for version in (4, 6):
                came[version] = counts.enter_context(net.counted(version, net.H, "prerouting", net.HOST[version]))
            daemon = subprocess.Popen(["ip", "netns", "exec", net.C, binary, "run", "--config", file.name],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                seen = {version: until(lambda version=version: target(net, version)) or {} for version in (4, 6)}
                asked = until(lambda: refused(net))
            finally:
                daemon.terminate()
                daemon.wait()
        for version in (4, 6):
            wrong = judge(net, version, seen[version], len(came[version]))
            wrong += [] if asked else ["the budget refused nothing, so nothing was tried in vain"]
            verdicts.append(not wrong)
            said = seen[version].get("path", {}).get("says", "-")
            lines.append(f"{'FAIL' if wrong else 'ok  '} IPv{version} {'daemon, drop-host':31} {'tcp_timeout':22} "
                         f"{len(came[version]):2} connections  {said}")
            lines += [f"     {each}" for each in wrong]
    return verdicts, "\n".join(lines)
