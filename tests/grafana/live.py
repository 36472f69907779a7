"""Every expression against a real Prometheus that scrapes the daemon on the simulated fleet, through both doors, with our rules."""
import json
import re
import urllib.parse

import expressions
from running import Bench, Failure, free_port, get, until

PROMETHEUS = """
global: {{scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}}
rule_files: ['{rules}/*.yml']
scrape_configs:
  - job_name: rdpwatch
    static_configs: [{{targets: ['{daemon}']}}]
    metric_relabel_configs: [{{source_labels: [target], regex: '(.+)', target_label: instance}}]
  - job_name: rdpwatch-probe
    scrape_interval: 10s
    scrape_timeout: 9s
    http_sd_configs: [{{url: 'http://{daemon}/sd', refresh_interval: 5s}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__meta_rdpwatch_module], target_label: __param_module}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: '{daemon}'}}
"""
# One that passes, one that fails in nla, one that passes with a finding.
HOSTS = [f"rds-ams-{number}.corp.example:3389" for number in ("01", "15", "14")]
# The way to a host that works is looked at within the first hour.
NEEDS_DAYS = {"job_instance:rdp_probe_phase_duration_seconds:sum_avg1d", "rdp_icmp_rtt_seconds", "rdp_path_hops"}
DEEPER = ("auth", "mcs", "license", "session")


def check(check, root, build, later):
    dashboards = expressions.load(root / "deploy/grafana")
    with Bench(build) as bench:
        prometheus = start(bench, root)
        until("both doors and the rules have their series", lambda: ready(prometheus), 180, every=1)
        for uid, dashboard in dashboards.items():
            for job in ["rdpwatch"] if uid == "rdpwatch-daemon" else ["rdpwatch", "rdpwatch-probe"]:
                empty = [place for place, text in expressions.all_of(dashboard)
                         if not may_be_empty(place, text, later, job, root) and not patient(prometheus, fill(uid, job, text))]
                check(f"{uid}, job {job}: every expression has data", not empty, "; ".join(empty))
        quiet = [line for line in bench.log("prometheus").read_text().splitlines() if "level=warn" in line or "level=error" in line]
        check("Prometheus logs no warning", not quiet, "; ".join(quiet[:3]))


def start(bench, root):
    """The simulated fleet, a hasty daemon that calls an incident what it would not elsewhere, and a Prometheus whose rules do not wait."""
    bench.simulate(root / "tests/rdpsim/demo-fleet.yaml")
    # Nobody listens there: panels about direct push show errors.
    url = bench.watch(bench.write("rdpwatch.yaml", f"include: [{root}/tests/rdpsim/demo-hosts-fast.yaml]\n"
                                  "incidents: {min_targets: 2, min_share: 0.05}\n"
                                  f"alertmanagers: ['http://127.0.0.1:{free_port()}']\nvantage: {{baseline: 2m}}\n"))
    rules = bench.folder / "rules"
    rules.mkdir()
    for path in (root / "deploy/prometheus/rules").glob("*.yml"):
        (rules / path.name).write_text(re.sub(r"\b(interval|for): \d+[mhd]\b", r"\1: 2s", path.read_text()))
    listen = free_port()
    config = bench.write("prometheus.yml", PROMETHEUS.format(rules=rules, daemon=url.removeprefix("http://")))
    bench.start("prometheus", "prometheus", "--config.file", config, "--storage.tsdb.path", bench.folder / "tsdb", f"--web.listen-address=127.0.0.1:{listen}")
    prometheus = f"http://127.0.0.1:{listen}"
    until("Prometheus ready", lambda: get(prometheus + "/-/ready"), 30)
    return prometheus


def ask(prometheus, expression):
    answer = get(f"{prometheus}/api/v1/query?query={urllib.parse.quote(expression)}")
    if answer is None:
        raise Failure(f"Prometheus refuses: {expression}")
    return json.loads(answer)["data"]["result"]


def ready(prometheus):
    counts = [len(ask(prometheus, f'job_instance:probe_success:labels{{job="{job}"}}')) for job in ("rdpwatch", "rdpwatch-probe")]
    return counts[0] == counts[1] == 40 and ask(prometheus, "rdp_incident_info") and ask(prometheus, 'ALERTS{alertname="RdpHostDown",alertstate="firing"}')


def patient(prometheus, expression):
    """Rates and late rules need some scrapes more."""
    try:
        return until("data", lambda: ask(prometheus, expression), 15, every=1)
    except Failure as failure:
        if "refuses" in str(failure):
            raise
        return None


def fill(uid, job, text):
    return expressions.filled(text, job=job, **({"instance": "|".join(HOSTS)} if uid == "rdpwatch-host" else {}))


def may_be_empty(place, text, later, job, root):
    """Asks only for what is measured later, or after hours or days, marks what does not happen here, or, at the probe door, for what the fleet door alone has."""
    from catalogue import fleet_only, names_in
    if ": marks " in place and not place.startswith("rdpwatch-host"):  # sites and the daemon are well, so nothing fires
        return True
    if any(f'phase="{phase}"' in text for phase in DEEPER) and 'phase="nla"' not in text:
        return True
    excused = later | NEEDS_DAYS | (fleet_only(root) if job == "rdpwatch-probe" else set())
    return bool(names_in(text) & excused) and names_in(text) - excused <= {"job_instance:rdp_target:labels"}
