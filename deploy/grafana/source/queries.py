"""What the dashboards ask for: selectors and joins that hold at both doors.

Series of hosts carry job and instance at both doors. The user's labels (site) stand on every series at the probe door, but at the
fleet door on rdpwatch_target_info only: the recorded series job_instance:rdp_target:labels has them at both, and is joined.
A paused host is not among the recorded ones, so it is in no count.

No expression ends in `or vector(0)`: a zero comes from series that are there (`or 0 * count(...)`), so no data stays no data.
"""
from .words import CRITICAL, FAILS, PASSES, PHASES, WARNED

ON = "on (job, instance)"
HOST = 'job=~"$job",instance=~"$instance"'
SITED = 'job=~"$job",site=~"$site",instance=~"$instance"'
SITE = 'job=~"$job",site=~"$site"'
TARGETS = f"job_instance:rdp_target:labels{{{SITED}}}"
SUCCESS = f"job_instance:probe_success:labels{{{SITED}}}"


def host(metric, *more):
    """A series per host, without regard to its site."""
    return f"{metric}{{{','.join([HOST, *more])}}}"


def of(metric, *more):
    """A series per host, for the chosen sites."""
    return f"{host(metric, *more)} and {ON} {TARGETS}"


def sited(metric, *more):
    """The same, with the label site."""
    return f"{host(metric, *more)} * {ON} group_left (site) {TARGETS}"


def count(vector, of_known=None):
    """How many; 0 only when something is known."""
    return f"count({vector})\nor\n0 * count({of_known or TARGETS})"


def users_see(vector):
    """Adds the label user_sees: "0x904 / 0x7", "0x104" or "no known code"."""
    joined = f'label_join(\n  {vector},\n  "user_sees", " / ", "client_code", "client_extended_code")'
    short = f'label_replace({joined},\n  "user_sees", "$1", "user_sees", "(.+) / ")'
    return f'label_replace({short},\n  "user_sees", "no known code", "user_sees", " / ")'


def late():
    """Targets whose last probe is more than three intervals ago (fleet door; at the probe door a missing scrape ends the series)."""
    return (f"time() - {host('rdp_probe_last_run_timestamp_seconds')}"
            f" > {ON} 3 * {host('rdp_probe_interval_seconds')}")


def passing(finding=""):
    """Targets that pass by a result that is not late; `finding`: "and" those with findings, "unless" those without."""
    kept = f"(({SUCCESS} == 1) unless {ON} ({late()}))"
    return f"{kept}\n{finding} {ON} {host('rdp_probe_finding_info')}" if finding else kept


def not_known():
    """Targets without a result, or that passed too long ago: neither failing nor passing."""
    return f"{TARGETS}\nunless {ON} ({SUCCESS} == 0)\nunless {ON} {passing()}"


def state():
    """One value a host, see words.STATES: the phase that fails, the worst finding of a host that passes, or that nothing is known."""
    def one(metric, label):
        return f"max by (job, instance) ({host(metric, label)})"

    parts = [f"""{one("rdp_probe_failure_info", f'phase="{phase}"')} * {number}""" for number, phase in enumerate(PHASES, 1)]
    parts += [f"max by (job, instance) ({SUCCESS} == 0) + {FAILS}",
              f"max by (job, instance) ({late()}) * 0",
              f"""{one("rdp_probe_finding_info", 'severity="critical"')} * {CRITICAL}""",
              f"""{one("rdp_probe_finding_info", 'severity="warning"')} * {WARNED}""",
              f"max by (job, instance) ({SUCCESS}) * {PASSES}",
              f"max by (job, instance) ({TARGETS}) * 0"]
    return "(\n  " + f"\n  or {ON}\n  ".join(parts) + "\n)"


def age_of_result():
    """Seconds since the last probe of each host: as the daemon says it (fleet door), or since the scrape (probe door)."""
    return (f"(time() - ({host('rdp_probe_last_run_timestamp_seconds')} > 0))\n"
            f"or {ON}\n(time() - timestamp({host('probe_success')}))")


def failing_since():
    """Unix time: the last probe that passed, else when the alert rule first saw the host fail."""
    return (f"max by (job, instance) (\n  ({host('rdp_probe_last_success_timestamp_seconds')} > 0)\n  or {ON}\n  "
            + host("ALERTS_FOR_STATE", 'alertname="RdpHostDown"') + "\n)")


def per_second(counter, labels, *by):
    """Rate of a counter, summed to one series, or to one for each value of the labels `by`."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"sum{grouped} (rate({counter}{{{labels}}}[$__rate_interval]))"
