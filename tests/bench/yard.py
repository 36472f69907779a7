"""The yard that a benchmark runs in: simulated hosts, the daemon and its peers, in a network namespace of our own."""
import os
import pathlib
import re
import resource
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from running import Bench, Failure, get, samples, until  # noqa: E402
import running  # noqa: E402

PORT = 3389          # of the hosts; nmap's script looks at no other
TLS_PORT = 4433      # of a plain TLS server, for peers that cannot speak X.224
BLACKBOX_PORT = 9115
INSIDE = "RDPBENCH_NAMESPACE"

# RSA-2048 and TLS 1.3: what Windows Server 2022 shows with its own certificate. More than 2,048 hosts share a listener.
FLEET = """
port: {port}
hosts:
  - {{addresses: 127.1.0.1-{last}, {behaviour}}}
"""
BLACKBOX = """
modules:
  tcp: {prober: tcp, timeout: 10s, tcp: {preferred_ip_protocol: ip4}}
  tls: {prober: tcp, timeout: 10s, tcp: {preferred_ip_protocol: ip4, tls: true, tls_config: {insecure_skip_verify: true}}}
"""
CONFIG = """
modules: {{default: {{depth: {depth}, interval: {interval}, timeout: 10s}}}}
connection_budget: {{connections: 1000, window: 120s}}
targets:
{targets}
"""


def enter_namespace():
    """Runs this program again in a network namespace of its own, which goes when it ends, with enough descriptors."""
    if INSIDE not in os.environ:
        os.environ[INSIDE] = "1"
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        os.execvp("unshare", ["unshare", *user, "--net", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for limit in (200_000, 20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return
        except (ValueError, OSError):
            continue


def target_lines(count, note="first"):
    """Targets 127.1.0.1 and following as ranges of the configuration, `count` a multiple of 250."""
    lines = []
    for first in range(0, count // 250, 250):
        last = min(count // 250, first + 250) - 1
        lines.append(f'  - {{hosts: "127.{1 + first // 250}.[0-{last - first}].[1-250]", labels: {{note: "{note}"}}}}')
    return "\n".join(lines)


def config_text(count, depth="nla", interval="60s", note="first"):
    return CONFIG.format(depth=depth, interval=interval, targets=target_lines(count, note))


def cpu_seconds(pid):
    """CPU of a whole process, to the nanosecond (the clock of clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2)


class Machine:
    """Whether others used the machine while something about time was measured: then the figure is theirs."""
    LEAST_IDLE = 0.25

    def __init__(self):
        self.before = self._ticks()

    def check(self):
        """Failure when the machine was hardly ever idle since this was made."""
        idle, whole = (late - early for early, late in zip(self.before, self._ticks()))
        if idle < self.LEAST_IDLE * whole:
            raise Failure(f"the machine was idle for {idle / whole:.0%} of the time only: others used it")

    @staticmethod
    def _ticks():
        with open("/proc/stat", encoding="ascii") as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
        return fields[3] + fields[4], sum(fields)


class Yard(Bench):
    """A Bench with hosts at 127.1.0.1 and following, and with the peers that we are compared with."""

    def program(self, name):
        found = [path for path in (self.build / name, self.build / "tests" / "bench" / name) if path.exists()]
        if not found:
            raise Failure(f"{self.build} has no {name}: build it first")
        return str(found[0])

    def hosts(self, last="127.1.63.255", behaviour="tls: {certificate: {key: rsa2048}}"):
        text = FLEET.format(port=PORT, last=last, behaviour=behaviour)
        self.simulate(self.write("fleet.yaml", text))

    def blackbox(self):
        """Starts blackbox_exporter; returns its pid."""
        process = self.start("blackbox", "prometheus-blackbox-exporter", "--config.file",
                             self.write("blackbox.yml", BLACKBOX), f"--web.listen-address=127.0.0.1:{BLACKBOX_PORT}",
                             "--log.level=error")
        until("blackbox_exporter ready", lambda: get(f"http://127.0.0.1:{BLACKBOX_PORT}/-/healthy"), 20)
        return process.pid

    def tls_server(self):
        """A TLS server with an RSA-2048 certificate on every loopback address."""
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        self.start("tls", "openssl", "s_server", "-accept", TLS_PORT, "-key", key, "-cert", certificate, "-www")
        until("TLS server ready", lambda: "ACCEPT" in self.log("tls").read_text(), 10)

    def display(self):
        """An X display for programs that will not start without one."""
        self.start("display", "Xvfb", "-displayfd", "1", "-nolisten", "tcp")
        os.environ["DISPLAY"] = ":" + until("display ready", lambda: display_number(self.log("display").read_text()), 20)

    def load(self, module, port, hosts, connections, count, per_second=None):
        """Drives blackbox_exporter; returns its CPU seconds per probe and the command of the load. Failure when a
        probe failed, or when it could not keep the pace."""
        command = [self.program("bench_http_load"), BLACKBOX_PORT, module, port, hosts, connections, count]
        command = [str(word) for word in command + ([per_second] if per_second else [])]
        pid = self.processes["blackbox"].pid
        before, begin = cpu_seconds(pid), time.monotonic()
        output(command)
        if per_second and float(per_second) * (time.monotonic() - begin) > 1.02 * count:
            raise Failure(f"blackbox_exporter cannot keep a pace of {per_second} probes per second")
        return (cpu_seconds(pid) - before) / count, shown(command)

    def page(self, url, timeout=60):
        """/metrics as text; Failure when it is not served."""
        page = get(url + "/metrics", timeout=timeout)
        if page is None:
            raise Failure("the daemon serves no page")
        return page

    def wait_for_first_round(self, url, seconds):
        until("every target was probed",
              lambda: total(self.page(url), "rdpwatch_targets", 'state="pending"') == 0, seconds, every=3)

    def climbs(self, url):
        """How many climbs ended so far. Failure when one was retried, failed or found a fault since the start: a
        climb that fails costs less, and its figure is worth nothing."""
        page = self.page(url)
        ended, failed, unwell = (total(page, name, *state) for name, *state in (
            ("rdp_probe_runs_total",), ("rdp_probe_failures_total",), ("rdpwatch_targets", 'state="degraded"')))
        if failed or unwell:
            raise Failure(f"of {ended:.0f} climbs {failed:.0f} failed, and {unwell:.0f} targets are degraded")
        return ended


def display_number(log):
    numbers = re.findall(r"^(\d+)$", log, re.MULTILINE)
    return numbers[0] if numbers else None


def output(command, seconds=300):
    """What a command prints on either stream; Failure when it fails."""
    run = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    if run.returncode != 0:
        raise Failure(f"{shown(command)} failed: {(run.stdout + run.stderr)[-300:]}")
    return run.stdout + run.stderr


def family(page, name):
    """The lines of a family of samples. The page of a fleet is too large to parse it whole while we measure."""
    return "\n".join(re.findall(rf"^{name}[{{_ ].*$", page, re.MULTILINE))


def total(page, name, *containing):
    return running.total(family(page, name), name, *containing)


def get_bytes(url, encoding):
    """The body of a GET as it came."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": encoding})) as answer:
        return answer.read()


def shown(command):
    """A command as a reader can repeat it: programs by their name alone."""
    return " ".join([os.path.basename(str(command[0]))] + [str(word) for word in command[1:]])


def cpu_us(command):
    """The cpu_us that one of our programs prints."""
    return float(re.search(r"cpu_us ([\d.]+)", output(command)).group(1))


def least(rounds, *measurements):
    """The least of each measurement, taken in turn: noise only ever adds."""
    best = [float("inf")] * len(measurements)
    for _ in range(rounds):
        best = [min(known, measure()) for known, measure in zip(best, measurements)]
    return best


def instructions(folder, command, *collected):
    """User instructions of a command by callgrind, of the functions `collected` alone when there are any."""
    flags = [f"--toggle-collect={name}" for name in collected]
    text = output(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", *flags, *command])
    return int(re.search(r"Collected : (\d+)", text).group(1))
