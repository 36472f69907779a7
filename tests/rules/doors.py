"""Turns a rule test for the fleet door into the same test for the probe door."""
import copy
import re

SERIES = re.compile(r"([\w:]+)\{(.*)\}$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
OURS = {"job", "instance", "target", "host", "port", "module"}
FLEET, PROBE = "rdpwatch", "rdpwatch-probe"


def parse(series):
    name, labels = SERIES.match(series).groups()
    return name, dict(LABEL.findall(labels))


def text(name, labels):
    return name + "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def user_labels(group):
    """{instance: the user's labels} of the hosts of a test."""
    hosts = {}
    for series in group["input_series"]:
        name, labels = parse(series["series"])
        if name == "rdpwatch_target_info" and labels["instance"] == labels["target"]:
            hosts[labels["instance"]] = {key: value for key, value in labels.items() if key not in OURS}
    return hosts


def derive_series(series, hosts, fleet_only):
    """The series as /probe has it, or None for one that only /metrics has. rdpwatch_target_info becomes `up`, which is
    there as long as the host is discovered."""
    name, labels = parse(series["series"])
    if "target" not in labels:
        return series
    labels = {"job": PROBE, **{key: value for key, value in labels.items() if key not in ("job", "target")}}
    if name == "rdpwatch_target_info":
        labels = {key: value for key, value in labels.items() if key not in OURS - {"job", "instance"}}
        return {"series": text("up", labels), "values": series["values"]}
    if name in fleet_only:
        return None
    return {"series": text(name, {**labels, **hosts.get(labels["instance"], {})}), "values": series["values"]}


def derive_alert(alert):
    alert = copy.deepcopy(alert)
    if alert["exp_labels"].get("job") == FLEET:
        alert["exp_labels"]["job"] = PROBE
    alert["exp_annotations"] = {key: re.sub(r"(var-job=|by job )rdpwatch\b", rf"\g<1>{PROBE}", value)
                                for key, value in alert["exp_annotations"].items()}
    return alert


def derive_group(group, fleet_only):
    hosts = user_labels(group)
    if not hosts or re.match("(fleet|probe) door:", group["name"]):
        return None
    result = {**group, "name": f"probe door: {group['name']}"}
    derived = [derive_series(series, hosts, fleet_only) for series in group["input_series"]]
    result["input_series"] = [series for series in derived if series]
    result["alert_rule_test"] = [{**test, "exp_alerts": [derive_alert(alert) for alert in test.get("exp_alerts") or []]}
                                 for test in group.get("alert_rule_test", [])]
    if "promql_expr_test" in group:
        result["promql_expr_test"] = [
            {**test, "exp_samples": [{**sample, "labels": sample["labels"].replace(f'job="{FLEET}"', f'job="{PROBE}"')}
                                     for sample in test["exp_samples"]]} for test in group["promql_expr_test"]]
    return result


def for_probe_door(document, fleet_only, folder):
    """The derived document, with absolute names of rule files, and the number of its tests."""
    groups = [group for group in (derive_group(group, fleet_only) for group in document["tests"]) if group]
    files = [str((folder / path).resolve()) for path in document["rule_files"]]
    return {**document, "rule_files": files, "tests": groups}, len(groups)
