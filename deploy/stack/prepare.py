#!/usr/bin/env python3
"""Fills a folder with the shipped settings of Prometheus, Alertmanager and Grafana, made to fit one machine.

usage: prepare.py FOLDER --daemon URL --prometheus URL --alertmanager URL --webhook URL [--grafana URL] [--door FILE] [--speed N]

Addresses and links are replaced, nothing else. With --speed every time that something waits for (scrapes, evaluations, `for`,
groups) is N times shorter, but no shorter than a second; the windows that expressions look back over stay. promtool and
amtool check the result.
"""
import argparse
import pathlib
import re
import subprocess

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
# What the shipped files say: the addresses that Debian's packages listen on, and links that everybody has to change.
DAEMON, PROMETHEUS, ALERTMANAGER, WEBHOOK = "127.0.0.1:19389", "127.0.0.1:9090", "127.0.0.1:9093", "http://127.0.0.1:9099"
RUNBOOK, GRAFANA = re.compile(r"https://rdpwatch\.example\.net/runbook\.md#?"), "https://grafana.example.net"
WAITS = ("for keep_firing_for interval scrape_interval scrape_timeout evaluation_interval refresh_interval timeInterval "
         "group_wait group_interval repeat_interval resolve_timeout").split()
WAIT = re.compile(rf"\b({'|'.join(WAITS)}): (\d+)([smhd])\b")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Unfit(Exception):
    """A shipped file that is not as expected, or a result that promtool or amtool refuses."""


def hastened(text, speed):
    """The text of a settings file with its waits divided by `speed`; a wait of zero stays."""
    def shorter(match):
        key, number, unit = match.groups()
        seconds = int(number) * SECONDS[unit]
        return f"{key}: {max(seconds // speed, 1) if seconds else 0}s"
    return WAIT.sub(shorter, text) if speed > 1 else text


def replaced(path, *pairs):
    """The text of a shipped file with each (old, new) replaced; Unfit when it lacks one."""
    text = path.read_text()
    for old, new in pairs:
        if old not in text:
            raise Unfit(f"{path} has no {old} any more")
        text = text.replace(old, new)
    return text


def host_port(url):
    return url.split("://", 1)[-1].rstrip("/")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def checked(*command):
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if ran.returncode:
        raise Unfit(f"{command[0]} refuses what was made:\n{ran.stdout}{ran.stderr}")


def rules(folder, daemon, grafana, speed):
    for path in sorted((DEPLOY / "prometheus/rules").glob("*.yml")):
        text = path.read_text()
        text = RUNBOOK.sub(f"{daemon}/runbook/", text).replace(GRAFANA, grafana)
        write(folder / "rules" / path.name, hastened(text, speed))


def provisioning(folder, daemon, prometheus, speed):
    """For a Grafana of the user's own: data source, dashboards and where they are."""
    source = DEPLOY / "grafana"
    sources, boards = "provisioning/datasources/rdpwatch.yaml", "provisioning/dashboards/rdpwatch.yaml"
    write(folder / sources, hastened(replaced(source / sources, (f"http://{PROMETHEUS}", prometheus)), speed))
    write(folder / boards, replaced(source / boards, ("/usr/share/rdpwatch/grafana", str(folder / "dashboards"))))
    for path in source.glob("*.json"):
        write(folder / "dashboards" / path.name, RUNBOOK.sub(f"{daemon}/runbook/", path.read_text()))


def prepare(folder, daemon, prometheus, alertmanager, webhook, grafana="http://127.0.0.1:3000", door="prometheus.yml", speed=1):
    """Writes FOLDER/{prometheus.yml,rules/,alertmanager.yml,grafana/}. Addresses are URLs without a path."""
    folder = pathlib.Path(folder)
    rules(folder, daemon, grafana, speed)
    addresses = ((DAEMON, host_port(daemon)), (PROMETHEUS, host_port(prometheus)), (ALERTMANAGER, host_port(alertmanager)))
    write(folder / "prometheus.yml", hastened(replaced(DEPLOY / "prometheus" / door, *addresses), speed))
    write(folder / "alertmanager.yml", hastened(replaced(DEPLOY / "alertmanager/alertmanager.yml", (WEBHOOK, webhook)), speed))
    provisioning(folder / "grafana", daemon, prometheus, speed)
    checked("promtool", "check", "config", folder / "prometheus.yml")
    checked("amtool", "check-config", folder / "alertmanager.yml")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    for name in ("daemon", "prometheus", "alertmanager", "webhook"):
        parser.add_argument(f"--{name}", required=True, metavar="URL")
    parser.add_argument("--grafana", default="http://127.0.0.1:3000", metavar="URL")
    parser.add_argument("--door", default="prometheus.yml", metavar="FILE")
    parser.add_argument("--speed", type=int, default=1, metavar="N")
    try:
        prepare(**vars(parser.parse_args()))
    except Unfit as problem:
        raise SystemExit(f"prepare.py: {problem}") from None


if __name__ == "__main__":
    main()
