"""What the dashboards ask of Prometheus: every expression with its place, and with Grafana's variables replaced."""
import json
import re

REPLACED = {"__range": "2m", "__rate_interval": "20s", "__interval": "5s"}


def load(folder):
    """{uid: dashboard}"""
    made = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {one["uid"]: one for one in made}


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def place(dashboard, panel, target):
    return f'{dashboard["uid"]}: {panel["title"]} {target["refId"]}'


def of_panels(dashboard):
    """(place, expression) of each query of each panel."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield place(dashboard, panel, target), target["expr"]


def of_variables(dashboard):
    """(place, selector) of each list of label values."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
            yield f'{dashboard["uid"]}: variable {variable["name"]}', f'count by ({label}) ({selector})'


def of_annotations(dashboard):
    for annotation in dashboard["annotations"]["list"]:
        yield f'{dashboard["uid"]}: marks {annotation["name"]}', annotation["expr"]


def all_of(dashboard):
    return [*of_panels(dashboard), *of_variables(dashboard), *of_annotations(dashboard)]


def filled(expression, **values):
    """The expression with its variables replaced; by default each variable matches everything."""
    known = {"job": ".*", "site": ".*", "instance": ".*", **values, **REPLACED}
    return re.sub(r"\$([A-Za-z_]\w*)", lambda found: known.get(found.group(1), found.group(1)), expression)


def labels_in(expression):
    """Names of labels that an expression selects, groups or joins by."""
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    found = set()
    for inside in re.findall(r"\{([^}]*)\}", plain):
        found |= set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside))
    for inside in re.findall(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", plain):
        found |= set(re.findall(r"\w+", inside))
    return found
