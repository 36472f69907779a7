"""Where one can go: host -> runbook, table row -> host, dashboard -> dashboard. The runbook's address is the one of the alert rules."""
RUNBOOK = "https://rdpwatch.example.net/runbook.md#"
HERE = "var-datasource=${datasource}"


def to_host(job, instance):
    """Link to the dashboard of one host; both arguments are Grafana's names for the values, as __data.fields.Host."""
    return {"title": "Open the host", "url": f"/d/rdpwatch-host?{HERE}&var-job=${{{job}:percentencode}}"
                                             f"&var-instance=${{{instance}:percentencode}}&${{__url_time_range}}"}


def to_site(site):
    return {"title": "Only this site", "url": f"/d/rdpwatch-fleet?{HERE}&${{job:queryparam}}&var-site=${{{site}:percentencode}}&${{__url_time_range}}"}


def to_runbook(reason):
    return {"title": "Runbook", "url": f"{RUNBOOK}${{{reason}:percentencode}}", "targetBlank": True}


def beside(*others):
    """Links at the top of a dashboard, from (title, uid, more) each."""
    made = [{"title": title, "type": "link", "icon": "dashboard", "url": f"/d/{uid}?{HERE}{more}", "tooltip": "", "tags": [],
             "asDropdown": False, "includeVars": False, "keepTime": True, "targetBlank": False} for title, uid, more in others]
    return made + [{"title": "Runbook", "type": "link", "icon": "doc", "url": RUNBOOK.removesuffix("#"), "tooltip": "What each reason means, and what to do",
                    "tags": [], "asDropdown": False, "includeVars": False, "keepTime": False, "targetBlank": True}]
