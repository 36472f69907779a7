"""Prometheus, Alertmanager and a receiver of alerts beside a running daemon. All listen on 127.0.0.1 and keep their data in one folder."""
import json
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from prepare import prepare
from receiver import Receiver


class Ended(Exception):
    """A process that should run has ended, or something did not come in time."""


def port_near(preferred):
    """A free port of 127.0.0.1, the preferred one if it is."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise Ended("no port is free on 127.0.0.1")


def ask(url):
    """The JSON, or the text, of a GET; None when nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


class Stack:
    """The processes and where they listen. `tell` gets each alert that begins or ends (see Receiver); `may_go_on` is asked while
    something is waited for, and may raise. close() ends everything, also after a start() that failed half way."""

    def __init__(self, daemon, folder, speed, tell, door="prometheus.yml", may_go_on=lambda: None):
        self.folder, self.daemon, self.speed, self.may_go_on = pathlib.Path(folder), daemon.rstrip("/"), speed, may_go_on
        self.processes = {}
        self.prometheus = f"http://127.0.0.1:{port_near(19390)}"
        self.alertmanager = f"http://127.0.0.1:{port_near(19393)}"
        self.receiver = Receiver(tell)
        try:
            prepare(self.folder, self.daemon, self.prometheus, self.alertmanager, self.receiver.url, door=door, speed=speed)
        except Exception:
            self.receiver.close()
            raise

    def start(self):
        # What fires before Prometheus knows its Alertmanager is lost until it is sent again: by default after a minute.
        self.run("prometheus", "prometheus", "--rules.alert.resend-delay=5s", f"--config.file={self.folder}/prometheus.yml",
                 f"--storage.tsdb.path={self.folder}/prometheus", f"--web.listen-address={self.prometheus[7:]}")
        self.wait(f"Prometheus at {self.prometheus}", lambda: ask(self.prometheus + "/-/ready"), 30)
        # Prometheus takes 5 s to begin with its scrapes. In a hurry that is long enough for "no rdpwatch is scraped": it shall
        # be over before there is somebody to tell.
        self.wait("daemon in Prometheus", lambda: self.speed == 1 or self.query("job_instance:rdpwatch_daemon:up == 1"), 30)
        self.run("alertmanager", "prometheus-alertmanager", f"--config.file={self.folder}/alertmanager.yml",
                 f"--storage.path={self.folder}/alertmanager", f"--web.listen-address={self.alertmanager[7:]}",
                 "--cluster.listen-address=")
        self.wait(f"Alertmanager at {self.alertmanager}", lambda: ask(self.alertmanager + "/-/ready"), 30)

    def run(self, name, *command):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def look(self):
        """Ended when one of the processes is."""
        self.may_go_on()
        for name, process in self.processes.items():
            if process.poll() is not None:
                tail = (self.folder / f"{name}.log").read_text().splitlines()[-5:]
                raise Ended("\n".join([f"{name} ended with {process.returncode}", *tail]))

    def wait(self, what, condition, seconds):
        """The first true value of condition()."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look()
            value = condition()
            if value:
                return value
            time.sleep(0.1)
        raise Ended(f"{what}: not within {seconds:.0f} s")

    def query(self, expression):
        """[(labels, value)] of an instant query; empty while Prometheus does not answer."""
        answer = ask(f"{self.prometheus}/api/v1/query?query={urllib.parse.quote(expression)}") or {}
        return [(one["metric"], float(one["value"][1])) for one in answer.get("data", {}).get("result", [])]

    def alerts(self, name):
        """What Alertmanager has under that name."""
        return [one for one in ask(self.alertmanager + "/api/v2/alerts") or [] if one["labels"]["alertname"] == name]

    def close(self):
        for process in reversed(list(self.processes.values())):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.receiver.close()
