"""Panels of each type that the dashboards use, in Grafana's classic JSON. Sizes are in grid units: 24 wide, about 38 pixels high."""
from .words import PLAIN, UNKNOWN

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
NOT_MEASURED = "not measured"
NOTHING_KNOWN = "nothing known"


def query(expr, legend="", instant=True, table=False, heatmap=False, interval=None):
    kind = "table" if table else "heatmap" if heatmap else "time_series"
    asked = {"datasource": SOURCE, "expr": expr, "legendFormat": legend or "__auto", "instant": instant, "range": not instant, "format": kind}
    return {**asked, "interval": interval} if interval else asked


def over_time(expr, legend, interval=None):
    return query(expr, legend, instant=False, interval=interval)


def panel(kind, title, description, size, queries, defaults, options, overrides=(), transformations=(), links=()):
    """`queries` get the letters A, B, ...; `defaults` are the field options."""
    made = {"type": kind, "title": title, "description": description, "gridPos": {"w": size[0], "h": size[1]}, "datasource": SOURCE,
            "targets": [{"refId": chr(ord("A") + number), **one} for number, one in enumerate(queries)],
            "fieldConfig": {"defaults": defaults, "overrides": list(overrides)}, "options": options}
    if transformations:
        made["transformations"] = list(transformations)
    if links:
        made["fieldConfig"]["defaults"]["links"] = list(links)
    return made


def reduced():
    return {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(title, description, expr, unit="none", size=(3, 4), legend="", show="value", colours=None, mappings=(), empty=NOTHING_KNOWN,
         decimals=None, links=()):
    """One big value; `show` is value or name (the legend). Without `colours` and `mappings` it is a fact without judgement, and has none."""
    defaults = {"unit": unit, "noValue": empty, "color": {"mode": "thresholds"}, "thresholds": colours or PLAIN, "mappings": list(mappings)}
    if decimals is not None:
        defaults["decimals"] = decimals
    return panel("stat", title, description, size, [query(expr, legend)], defaults,
                 {"colorMode": "background_solid" if colours or mappings else "none", "graphMode": "none", "justifyMode": "center", "orientation": "auto", "textMode": show,
                  "wideLayout": False, "reduceOptions": reduced()}, links=links)


def lines(title, description, queries, unit, size=(12, 8), stacked=False, colours=None, empty=NOTHING_KNOWN, legend="right", low=0,
          fill=8, limits=None, links=(), bars=False, logarithmic=False, high=None):
    """Curves over time; `colours` by legend, else Grafana's palette. `limits`: thresholds that are drawn as lines. `high`: least top of
    the axis, where all curves may be 0."""
    custom = {"drawStyle": "bars" if bars else "line", "lineWidth": 1, "fillOpacity": 60 if stacked else fill, "showPoints": "auto",
              "pointSize": 3, "spanNulls": False, "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
              "lineInterpolation": "stepAfter" if stacked else "linear", "thresholdsStyle": {"mode": "dashed" if limits else "off"}}
    if logarithmic:
        custom["scaleDistribution"] = {"type": "symlog", "log": 10, "linearThreshold": 1}
    defaults = {"unit": unit, "noValue": empty, "color": {"mode": "palette-classic"}, "custom": custom}
    if low is not None:
        defaults["min"] = low
    if high is not None:
        custom["axisSoftMax"] = high
    if limits:
        defaults["thresholds"] = limits
    overrides = [column(name, color={"mode": "fixed", "fixedColor": colour}) for name, colour in (colours or {}).items()]
    shown = {"displayMode": "table" if legend == "right" else "list", "placement": legend, "showLegend": True,
             "calcs": ["lastNotNull", "max"] if legend == "right" else []}
    return panel("timeseries", title, description, size, queries, defaults,
                 {"legend": shown, "tooltip": {"mode": "multi", "sort": "desc"}}, overrides, links=links)


def timeline(title, description, queries, mappings, size=(24, 10), empty=NOTHING_KNOWN, links=(), row_height=0.85):
    """States over time, one row a series. The colour comes with the text, by mappings."""
    defaults = {"unit": "none", "noValue": empty, "color": {"mode": "fixed", "fixedColor": UNKNOWN}, "mappings": list(mappings),
                "custom": {"fillOpacity": 90, "lineWidth": 0, "spanNulls": False}}
    return panel("state-timeline", title, description, size, queries, defaults,
                 {"mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": row_height,
                  "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
                  "tooltip": {"mode": "single", "sort": "none"}}, links=links)


def bars(title, description, queries, unit="none", size=(8, 8), colours=PLAIN, empty=NOTHING_KNOWN, overrides=()):
    """Horizontal bars with their numbers."""
    return panel("bargauge", title, description, size, queries,
                 {"unit": unit, "min": 0, "noValue": empty, "color": {"mode": "thresholds"}, "thresholds": colours},
                 {"displayMode": "basic", "orientation": "horizontal", "valueMode": "text", "namePlacement": "left", "showUnfilled": True,
                  "sizing": "manual", "minVizHeight": 16, "minVizWidth": 8, "maxVizHeight": 40, "reduceOptions": reduced(),
                  "text": {"titleSize": 13, "valueSize": 14},
                  "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}},
                 overrides)


def heatmap(title, description, expr, unit, size=(12, 8)):
    return panel("heatmap", title, description, size, [query(expr, "{{le}}", instant=False, heatmap=True)],
                 {"noValue": NOTHING_KNOWN, "custom": {"scaleDistribution": {"type": "linear"}, "hideFrom": {"legend": False, "tooltip": False, "viz": False}}},
                 {"calculate": False, "cellGap": 1, "showValue": "never", "rowsFrame": {"layout": "auto"}, "filterValues": {"le": 1e-9},
                  "color": {"mode": "scheme", "scheme": "Cividis", "scale": "exponential", "exponent": 0.5, "steps": 64, "reverse": False, "fill": "dark-blue"},
                  "yAxis": {"axisPlacement": "left", "unit": unit, "reverse": False}, "legend": {"show": True},
                  "tooltip": {"mode": "single", "yHistogram": False, "showColorScale": False}, "exemplars": {"color": "#D55E00"}})


def table(title, description, exprs, columns, size=(24, 8), empty=NOTHING_KNOWN, overrides=(), sort=None, descending=False, hidden=()):
    """Rows of instant queries, joined over the labels that they share. `columns`: {field: heading}, in their order; a lone query's
    value is the field "Value", that of several "Value #A" and so on. `hidden`: headings kept for links only."""
    names = list(columns)
    transformations = [{"id": "merge", "options": {}},
                       {"id": "filterFieldsByName", "options": {"include": {"names": names}}},
                       {"id": "organize", "options": {"excludeByName": {}, "indexByName": {name: place for place, name in enumerate(names)},
                                                      "renameByName": columns}}]
    defaults = {"noValue": empty, "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": False}}
    kept = [column(heading, **{"custom.hidden": True}) for heading in hidden]
    return panel("table", title, description, size, [query(expr, table=True) for expr in exprs], defaults,
                 {"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": sort, "desc": descending}] if sort else []},
                 [*overrides, *kept], transformations)


def column(name, **properties):
    """Field options for one column or series."""
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": key, "value": value} for key, value in properties.items()]}


def filled(name, width=None, **properties):
    """A column whose cells are filled with the colour of their value or mapping."""
    shape = {"custom.cellOptions": {"type": "color-background", "mode": "basic"}, **({"custom.width": width} if width else {})}
    return column(name, **shape, **properties)


def wide(name, width, **properties):
    return column(name, **{"custom.width": width}, **properties)
