"""What all dashboards have around their panels: identity, variables, annotations, grid."""
from .panels import SOURCE
from .words import BROKEN, UNKNOWN


def variable(name, label, asked, many=True, all_matches=None):
    """A list of label values. `all_matches`: what All stands for; without it Grafana lists every value, too long for thousands."""
    made = {"name": name, "type": "query", "label": label, "datasource": SOURCE, "query": {"query": asked, "refId": name},
            "definition": asked, "refresh": 2, "sort": 1, "includeAll": many, "multi": many, "regex": "", "hide": 0, "skipUrlSync": False,
            "options": [], "current": {"selected": True, "text": ["All"], "value": ["$__all"]} if many else {}}
    return {**made, "allValue": all_matches} if all_matches else made


DATASOURCE = {"name": "datasource", "type": "datasource", "label": "Prometheus", "query": "prometheus", "current": {}, "options": [],
              "regex": "", "hide": 0, "includeAll": False, "multi": False, "refresh": 1, "skipUrlSync": False}


def alerts(expr):
    """Marks of firing alerts. Few series: marks lie over each other, and many hide the panel."""
    return {"name": "Alerts", "datasource": SOURCE, "enable": True, "iconColor": BROKEN, "expr": expr, "titleFormat": "{{alertname}}",
            "textFormat": "{{instance}}", "tagKeys": "", "step": "1m"}


def reloads(expr):
    """Marks of the first two minutes of a configuration."""
    return {"name": "Reloads", "datasource": SOURCE, "enable": True, "iconColor": UNKNOWN, "expr": expr, "titleFormat": "configuration loaded",
            "textFormat": "{{instance}}", "tagKeys": "", "step": "1m"}


def placed(sections):
    """Panels of (title, panels) with their ids and places: from left to right, a new line where 24 columns are full."""
    made, below, number = [], 0, 0
    for title, panels in sections:
        number += 1
        made.append({"id": number, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": below, "w": 24, "h": 1}})
        below += 1
        left = height = 0
        for one in panels:
            number += 1
            size = one["gridPos"]
            if left + size["w"] > 24:
                below, left, height = below + height, 0, 0
            made.append({"id": number, **one, "gridPos": {"x": left, "y": below, **size}})
            left, height = left + size["w"], max(height, size["h"])
        below += height
    return made


def dashboard(uid, title, description, variables, annotations, links, sections, time="now-6h"):
    return {"uid": uid, "title": title, "description": description, "tags": ["rdp", "rdpwatch"], "schemaVersion": 41, "version": 1,
            "editable": False, "graphTooltip": 1, "timezone": "browser", "refresh": "1m", "time": {"from": time, "to": "now"},
            "fiscalYearStartMonth": 0, "links": links, "annotations": {"list": annotations}, "templating": {"list": [DATASOURCE, *variables]},
            "panels": placed(sections)}
