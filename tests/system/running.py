"""Processes of a system test: started here, ended here, by pid."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


class Failure(Exception):
    """A check that did not hold; the text says what was expected and what came."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition, seconds, every=0.1):
    """The first true value of condition(), polled; Failure after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(every)


def get(url, timeout=10, **headers):
    """Body of a GET as text; None when nothing answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


class Bench:
    """A scratch folder and the processes that live as long as it: use it with `with`."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rdpwatch-system-"))
        self.processes = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for name in reversed(list(self.processes)):
            self.stop(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, name, *command):
        with open(self.log(name), "wb") as log:
            self.processes[name] = subprocess.Popen([str(word) for word in command], stdout=log,
                                                    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        return self.processes[name]

    def stop(self, name, seconds=20):
        """Asks the process to end; returns its exit code."""
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise Failure(f"{name} did not end within {seconds} s of SIGTERM")
        return process.returncode

    def log(self, name):
        return self.folder / f"{name}.log"

    def simulate(self, fleet, **options):
        """Starts rdpsim; its counters are there after stop_simulator()."""
        words = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", value)]
        self.start("rdpsim", self.build / "rdpsim", "--config", fleet, "--stats", self.folder / "stats.json", *words)
        until("rdpsim ready", lambda: "ready" in self.log("rdpsim").read_text(), 20)

    def stop_simulator(self):
        self.stop("rdpsim")
        return json.loads((self.folder / "stats.json").read_text().splitlines()[-1])

    def watch(self, config, *options):
        """Starts the daemon and returns its URL once it is ready."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self.start("rdpwatch", self.build / "rdpwatch", "run", "--config", config,
                   f"--web.listen-address=127.0.0.1:{port}", *options)
        until("daemon ready", lambda: get(url + "/-/ready") is not None or self.ended("rdpwatch"), 60)
        if self.ended("rdpwatch"):
            raise Failure("the daemon ended:\n" + self.log("rdpwatch").read_text())
        return url

    def ended(self, name):
        return self.processes[name].poll() is not None

    def resident_kib(self, name):
        status = pathlib.Path(f"/proc/{self.processes[name].pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu_seconds(self, name):
        fields = pathlib.Path(f"/proc/{self.processes[name].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$")


def samples(page):
    """{'name{labels}': value} of a page in the text format; Failure for duplicates and lines that are none."""
    found = {}
    for line in page.splitlines():
        if line.startswith("#") or not line:
            continue
        match = SAMPLE.match(line)
        if not match:
            raise Failure(f"not a sample: {line!r}")
        series = match.group(1) + (match.group(2) or "")
        if series in found:
            raise Failure(f"series twice on a page: {series}")
        found[series] = float(match.group(3))
    return found


def total(page, name, *containing):
    """Sum over the samples of a family whose labels contain all given texts."""
    return sum(value for series, value in samples(page).items()
               if series.split("{")[0] == name and all(text in series for text in containing))


def main(checks, run):
    """Runs `run(check)`, which calls check(what, condition) for each thing that must hold; prints and exits."""
    counts = {"passed": 0, "failed": 0}

    def check(what, holds, seen=""):
        counts["passed" if holds else "failed"] += 1
        print(f"{'ok  ' if holds else 'FAIL'} {what}" + (f": {seen}" if seen != "" else ""), flush=True)

    try:
        run(check)
    except Failure as failure:
        check(str(failure), False)
    print(f"{counts['passed']} passed, {counts['failed']} failed, 0 skipped")
    raise SystemExit(1 if counts["failed"] or counts["passed"] < checks else 0)
