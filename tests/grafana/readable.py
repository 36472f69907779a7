"""What a reader needs, and what provisioning demands: titles, units, words beside colours, links that lead somewhere."""
import re
from pathlib import Path

from expressions import panels

RUNBOOK = "https://rdpwatch.example.net/runbook.md"
SECTIONS = set(re.findall(r"^## (\S+)$", (Path(__file__).parents[2] / "deploy/runbook.md").read_text(), re.M))
WITH_UNIT = {"stat", "timeseries", "bargauge", "state-timeline"}


def of(dashboard, uids):
    """Yields (what, holds, detail)."""
    yield f'{dashboard["uid"]}: a fixed uid, not editable, no id', bool(
        re.fullmatch(r"[a-z-]{1,40}", dashboard["uid"])) and dashboard["editable"] is False and "id" not in dashboard, ""
    yield f'{dashboard["uid"]}: schema version', 39 <= dashboard["schemaVersion"] <= 42, dashboard["schemaVersion"]
    for check in (unnamed, mute, unbound, doubled, misplaced, without_empty_text):
        found = check(dashboard)
        yield f'{dashboard["uid"]}: {check.__doc__}', not found, "; ".join(found)
    found = dead_links(dashboard, uids)
    yield f'{dashboard["uid"]}: {dead_links.__doc__}', not found, "; ".join(found)


def unnamed(dashboard):
    """each panel has a title, a description, a unit"""
    return [panel["title"] or f'panel {panel["id"]}' for panel in panels(dashboard)
            if not panel["title"] or not panel["description"]
            or panel["type"] in WITH_UNIT and not panel["fieldConfig"]["defaults"].get("unit")]


def mute(dashboard):
    """each mapping has a text and a colour"""
    return [where for where, node in walk(dashboard) if "mappings" in node for mapping in node["mappings"]
            for result in results(mapping) if not result.get("text") or not result.get("color")]


def results(mapping):
    return mapping["options"].values() if mapping["type"] == "value" else [mapping["options"]["result"]]


def unbound(dashboard):
    """every query goes to the chosen data source, and every variable that is used exists"""
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    wrong = [where for where, node in walk(dashboard) if "expr" in node and node["datasource"]["uid"] != "${datasource}"]
    for where, node in walk(dashboard):
        for value in node.values():
            used = re.findall(r"\$\{?([A-Za-z_]\w*)", value) if isinstance(value, str) else []
            wrong += [f"{where}: ${name}" for name in used if not name.startswith("__") and name not in names]
    return wrong


def doubled(dashboard):
    """no panel id, no letter of a query and no title twice"""
    ids = [panel["id"] for panel in dashboard["panels"]]
    letters = [(panel["title"], target["refId"]) for panel in panels(dashboard) for target in panel["targets"]]
    return [str(one) for many in (ids, letters, [panel["title"] for panel in panels(dashboard)]) for one in set(many) if many.count(one) > 1]


def misplaced(dashboard):
    """no panel overlaps another or stands beside the 24 columns"""
    taken, wrong = set(), []
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if cells & taken or place["x"] + place["w"] > 24:
            wrong.append(panel["title"])
        taken |= cells
    return wrong


def without_empty_text(dashboard):
    """each panel says something of its own when there is no data, and no expression makes a zero of nothing"""
    return [panel["title"] for panel in panels(dashboard)
            if not panel["fieldConfig"]["defaults"].get("noValue")
            or any("vector(0)" in target["expr"] for target in panel["targets"])]


def dead_links(dashboard, uids):
    """links lead to dashboards that are there, set variables that they have, keep the time range; others to sections that the runbook has"""
    wrong = []
    for where, node in walk(dashboard):
        url = node.get("url", "")
        if not url:
            continue
        inside = re.match(r"/d/([\w-]+)\?", url)
        if not inside:
            page, _, anchor = url.partition("#")
            wrong += [] if page == RUNBOOK and (anchor in SECTIONS | {""} or anchor.startswith("${__")) else [url]
            continue
        known = {variable["name"] for variable in uids.get(inside[1], {"templating": {"list": []}})["templating"]["list"]}
        asked = set(re.findall(r"var-(\w+)=", url)) | set(re.findall(r"\$\{(\w+):queryparam\}", url))
        if inside[1] not in uids or not asked <= known or not (node.get("keepTime") or "${__url_time_range}" in url):
            wrong.append(url)
    return wrong


def walk(node, where=""):
    """(place, mapping) of every JSON object; mappings under the properties of an override count as their field options."""
    if isinstance(node, dict):
        if node.get("id") == "mappings":
            yield where, {"mappings": node["value"]}
        yield node.get("title") or where, node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child, node.get("title", where) if isinstance(node, dict) else where)
