"""The fleet: what fails now, why, since when, where; what will fail next."""
from . import words
from .frame import alerts, dashboard, variable
from .links import beside, to_host, to_runbook, to_site
from .panels import NOT_MEASURED, bars, column, filled, lines, over_time, query, stat, table, timeline, wide
from .queries import HOST, ON, SITE, SUCCESS, TARGETS, age_of_result, count, failing_since, host, not_known, of, passing, sited, state, users_see

EXPIRY = of("probe_ssl_earliest_cert_expiry")
FAILURE = "max by (job, instance, site, scenario, phase, reason, user_sees) (\n{}\n)"
FINDING = "max by (job, instance, site, reason, severity) (\n{}\n)"
LINKED_HOST = wide("Host", 260, links=[to_host("__data.fields.Job", "__data.fields.Host")])
LINKED_REASON = column("Reason", links=[to_runbook("__data.fields.Reason")])
WORST = 20  # as many rows as Grafana shows on one page of a state timeline
SCOPE = "Hosts of the chosen jobs and sites, paused ones left out."


def now():
    return [
        stat("Failing now", f"Hosts whose last finished probe failed. Zero only when results are there; see \"Not known\" beside it. {SCOPE}",
             f"count({SUCCESS})\n-\nsum({SUCCESS})", colours=words.NONE_IS_WELL),
        stat("With findings", f"Hosts that take sessions but have a warning or critical finding. {SCOPE}",
             count(passing("and"), SUCCESS), colours=words.NONE_IS_WELL_SOME_DOUBTFUL),
        stat("Not known", "Hosts without a result, or with none within three intervals: pending, not scraped, skipped. They count neither as failing nor as passing; a host whose last known result was a failure stays failing.",
             count(not_known()), colours=words.NONE_IS_WELL_SOME_DOUBTFUL),
        stat("Paused", "Hosts that are left alone on purpose. They are in no other count here, and no alert tells of them.",
             f"count(rdpwatch_target_paused{{{HOST}}} == 1)\nor\n0 * count({TARGETS})", size=(2, 4)),
        stat("Watched", f"Hosts that are watched. {SCOPE}", f"count({TARGETS})", size=(2, 4), empty="none known"),
        stat("Oldest", "Age of the oldest last result. Much more than the longest interval means that nobody looks; hosts without any are under \"Not known\".",
             f"max((\n{age_of_result()}\n) and {ON} {TARGETS})", unit="s", decimals=0, size=(2, 4), empty="no results"),
        stat("Incidents", "Common causes behind several failing hosts. \"Not measured\": no daemon that looks for them is scraped.",
             "count(max by (incident) (rdp_incident_targets) > 0) or 0 * sum(rdpwatch_incidents)", colours=words.NONE_IS_WELL, empty=NOT_MEASURED),
        stat("Daemons up", "Share of the rdpwatch daemons that Prometheus reaches. Without them all else here is old or empty.",
             "avg(job_instance:rdpwatch_daemon:up)", unit="percentunit", colours=words.steps(words.BROKEN, (1, words.WELL)), empty="none scraped"),
        stat("Alert rules", "Whether Prometheus runs the alert rules: the dead man's switch must always fire.",
             'count(ALERTS{alertname="RdpwatchDeadMansSwitch",alertstate="firing"})', mappings=words.texts({1: ("run", words.WELL)}), empty="do not run"),
    ]


def failing():
    return [
        table("Failing hosts", "Hosts whose last probe failed: the reason, the phase that failed, and the error codes that a user of the Windows client would see. "
              "\"Since\" is the last probe that passed, or what the alert rule saw first. Empty is good only while \"Failing now\" above says 0.",
              [FAILURE.format(users_see(sited("rdp_probe_failure_info"))),
               f"1000 * {failing_since()}\nand {ON} ({SUCCESS} == 0)",
               f"max by (job, instance) ({host('rdp_probe_consecutive_failures')} > 0)\nand {ON} {TARGETS}"],
              {"instance": "Host", "site": "Site", "Value #B": "Since", "reason": "Reason", "scenario": "Scenario", "phase": "Phase",
               "user_sees": "The user sees", "Value #C": "Failed in a row", "job": "Job"},
              size=(24, 11), empty="no failing host in Prometheus - good only while \"Failing now\" above says 0",
              overrides=[LINKED_HOST, LINKED_REASON,
                         wide("Since", 150, unit="dateTimeFromNow", noValue="not known", mappings=words.when_empty("not known")),
                         filled("Phase", 110, mappings=words.texts({phase: (phase, words.BROKEN_IN[phase]) for phase in words.PHASES})),
                         wide("Site", 90), wide("Scenario", 190), wide("The user sees", 150),
                         wide("Failed in a row", 130, unit="none", noValue="-", mappings=words.when_empty("-"))],
              sort="Since", descending=True, hidden=["Job"]),
        table("Sites", "Hosts of each site, how many of them fail, and the share of passed probes in the last hour and in the last 30 days.",
              [f"sum by (job, site) ({one})" for one in (
                  f"job_site:rdp_targets:count{{{SITE}}}", f"job_site:rdp_targets_failing:count{{{SITE}}}",
                  f"1 - job_site:rdp_probe_failures_per_runs:ratio_rate1h{{{SITE}}}", f"job_site:rdp_availability:ratio30d{{{SITE}}}")],
              {"site": "Site", "Value #A": "Hosts", "Value #B": "Failing", "Value #C": "Passed, 1 h", "Value #D": "Passed, 30 d", "job": "Job"},
              size=(7, 8), sort="Failing", descending=True, hidden=["Job"],
              overrides=[wide("Site", 105, links=[to_site("__data.fields.Site")]), filled("Failing", 75, thresholds=words.NONE_IS_WELL, color={"mode": "thresholds"}),
                         wide("Hosts", 60), *(wide(name, 95, unit="percentunit", decimals=1) for name in ("Passed, 1 h", "Passed, 30 d"))]),
        table("Reasons now", "Failing hosts by reason.", [f"count by (reason) ({of('rdp_probe_failure_info')})"], {"reason": "Reason", "Value": "Hosts"},
              size=(5, 8), sort="Hosts", descending=True, empty="no reason in Prometheus - good only while \"Failing now\" says 0",
              overrides=[LINKED_REASON, filled("Hosts", 75, thresholds=words.steps(words.BROKEN), color={"mode": "thresholds"})]),
        table("Alerts firing", "Alerts of rdpwatch that fire. RdpwatchDeadMansSwitch must stand here: an empty table means that the rules do not run.",
              ['max by (alertname, severity, job, site, instance) (ALERTS{alertname=~"Rdp.*",alertstate="firing",site=~"$site|"})',
               '1000 * max by (alertname, severity, job, site, instance) (ALERTS_FOR_STATE{alertname=~"Rdp.*",site=~"$site|"})\n'
               'and on (alertname, severity, job, site, instance) ALERTS{alertname=~"Rdp.*",alertstate="firing",site=~"$site|"}'],
              {"severity": "Severity", "alertname": "Alert", "instance": "Host", "site": "Site", "Value #B": "Since", "job": "Job"},
              size=(12, 8), empty="no alert, not even the dead man's switch: the rules do not run", hidden=["Job"],
              overrides=[column("Host", links=[to_host("__data.fields.Job", "__data.fields.Host")], noValue="-"),
                         filled("Severity", 80, mappings=words.SEVERITIES), wide("Alert", 200), wide("Site", 70, noValue="-"), wide("Since", 150, unit="dateTimeFromNow")], sort="Since", descending=True),
    ]


def over_the_time():
    worst = f"topk({WORST}, 1 - (\n  avg_over_time({SUCCESS}[$__range] @ end())\n  or {ON}\n  0 * {TARGETS} @ end()\n))"
    return [
        timeline(f"The {WORST} worst hosts, phase by phase", "What each host did in the time range: the phase that failed, or that it passes. Chosen by the share of failed "
                 "probes in the range, so hosts without a failure fill up the rest. A gap means that Prometheus has nothing for that time.",
                 [over_time(f"{state()}\nand {ON}\n{worst}", "{{instance}}")], words.STATES, size=(24, 15),
                 links=[to_host("__field.labels.job", "__field.labels.instance")]),
        lines("Hosts by state", f"All watched hosts, stacked. What is not known is neither failing nor well. {SCOPE}",
              [over_time(count(f"{SUCCESS} == 0", SUCCESS), "failing"), over_time(count(not_known()), "not known"),
               over_time(count(passing("and"), SUCCESS), "passing, with findings"),
               over_time(count(passing("unless"), SUCCESS), "passing")],
              "none", stacked=True, colours={"failing": words.BROKEN, "not known": words.UNKNOWN, "passing, with findings": words.DOUBTFUL, "passing": words.WELL}),
        lines("Reasons over time", "Failing hosts by reason, stacked. Empty is good only while \"Hosts by state\" has no failing ones.",
              [over_time(f"count by (reason) ({of('rdp_probe_failure_info')})", "{{reason}}")], "none", stacked=True,
              empty="no reason in Prometheus - good only while \"Failing now\" says 0"),
    ]


def service():
    month = f"job_site_month:rdp_availability:ratio{{{SITE}}}"
    return [
        table("Availability by month", "Share of passed probes of each site in a calendar month (UTC); the first month is the present one, so far. Pauses, and times "
              "without a daemon, do not count.",
              [f"sum by (job, site, month) (last_over_time({month}[365d]))"],
              {"month": "Month", "site": "Site", "Value": "Passed", "job": "Job"}, size=(12, 8), sort="Month", descending=True, hidden=["Job"],
              overrides=[column("Site", links=[to_site("__data.fields.Site")]), wide("Month", 110),
                         filled("Passed", 110, unit="percentunit", decimals=2, thresholds=words.AVAILABILITY, color={"mode": "thresholds"})]),
        lines("Availability of the last 30 days", "Share of passed probes of each site in the 30 days before each moment.",
              [over_time(f"sum by (job, site) (job_site:rdp_availability:ratio30d{{{SITE}}})", "{{site}}")], "percentunit", fill=0, low=None),
    ]


def soon():
    days = f"(({EXPIRY}) - time()) / {words.DAY}"

    def band(low, high, legend):
        above = f" >= {low}" if low is not None else ""
        below = f" < {high}" if high is not None else ""
        return query(count(f"{days}{above}{below}", EXPIRY), legend)

    colour = {"expired": words.BROKEN, "under 3 days": words.BROKEN, "3 to 14 days": words.DOUBTFUL, "no certificate seen": words.UNKNOWN}
    took = f"job_instance:rdp_probe_phase_duration_seconds:sum_avg15m{{{HOST}}}"
    skew = sited("rdp_server_clock_skew_seconds")
    return [
        bars("Certificates by days left", "Hosts by the days that their certificate has left. \"No certificate seen\": the last probe did not get so far.",
             [band(None, 0, "expired"), band(0, 3, "under 3 days"), band(3, 14, "3 to 14 days"), band(14, 30, "14 to 30 days"), band(30, None, "over 30 days"),
              query(count(f"{TARGETS} unless {ON} {host('probe_ssl_earliest_cert_expiry')}"), "no certificate seen")],
             size=(8, 9), colours=words.steps(words.WELL), overrides=[column(name, color={"mode": "fixed", "fixedColor": one}) for name, one in colour.items()]),
        table("Certificates that end first", "The 20 certificates with the fewest days left; below 0: it has ended.",
              [f"bottomk(20, ({sited('probe_ssl_earliest_cert_expiry')} - time()) / {words.DAY})"],
              {"instance": "Host", "site": "Site", "Value": "Days left", "job": "Job"}, size=(8, 9), sort="Days left", hidden=["Job"],
              overrides=[LINKED_HOST, filled("Days left", 90, unit="none", decimals=1, thresholds=words.CERTIFICATE_DAYS, color={"mode": "thresholds"}), wide("Site", 70)]),
        table("Clocks that are off most", "The 20 clocks that differ most from ours. Kerberos refuses more than 300 s.",
              [f'topk(20,\n  label_replace(({skew}) >= 0, "clock", "ahead", "", "")\n  or {ON}\n  label_replace(-({skew}), "clock", "behind", "", "")\n)'],
              {"instance": "Host", "site": "Site", "Value": "Off by", "clock": "Clock is", "job": "Job"}, size=(8, 9), sort="Off by", descending=True, hidden=["Job"],
              overrides=[LINKED_HOST, filled("Off by", 90, unit="s", decimals=1, thresholds=words.CLOCK_OFF, color={"mode": "thresholds"}), wide("Site", 60),
                         wide("Clock is", 80)]),
        table("Findings", "What is wrong with hosts without stopping them, and with failing hosts besides.",
              [FINDING.format(sited("rdp_probe_finding_info"))],
              {"severity": "Severity", "instance": "Host", "site": "Site", "reason": "Reason", "job": "Job"}, size=(12, 9), sort="Severity", hidden=["Job"],
              empty="no finding in Prometheus - good only while \"Not known\" above says 0",
              overrides=[LINKED_HOST, LINKED_REASON, filled("Severity", 90, mappings=words.SEVERITIES), wide("Site", 70)]),
        lines("Slowest hosts", "Time that the phases of passed probes take together, mean of 15 minutes; the ten that are slowest at the end of the range.",
              [over_time(f"{took}\nand {ON}\ntopk(10, {took} @ end() and {ON} {TARGETS} @ end())", "{{instance}}")],
              "s", size=(12, 9), fill=0, links=[to_host("__field.labels.job", "__field.labels.instance")]),
    ]


def together():
    return [
        table("Common causes", "Common causes behind several failing hosts: what they share, and the reason of most. Empty is good only while \"Incidents\" above says 0.",
              ["rdp_incident_info", "max by (job, instance, incident) (rdp_incident_targets)"],
              {"instance": "Seen by", "incident": "Incident", "reason": "Reason", "scenario": "Scenario", "attribute": "They share", "value": "Which", "Value #B": "Hosts"},
              size=(12, 6), empty="no incident in Prometheus - good only while \"Incidents\" above says 0", overrides=[LINKED_REASON]),
        lines("Round-trip times", "ICMP round trip, the ten longest. \"Not measured\": ICMP is off, or this release does not measure it.",
              [over_time(f"topk(10, {of('rdp_icmp_rtt_seconds')})", "{{instance}}")], "s", size=(12, 6), empty=NOT_MEASURED),
    ]


def dashboard_variables():
    return [variable("job", "Job", "label_values(job_instance:rdp_target:labels, job)"),
            variable("site", "Site", 'label_values(job_instance:rdp_target:labels{job=~"$job"}, site)', all_matches=".*"),
            variable("instance", "Host", f"label_values(job_instance:rdp_target:labels{{{SITE}}}, instance)", all_matches=".*")]


def marks():
    return [alerts('max by (alertname) (ALERTS{alertname=~"RdpSiteDown|RdpFleetDown|RdpIncident|RdpwatchDown|RdpwatchVantageUnhealthy",'
                   'alertstate="firing",site=~"$site|"})')]


def page():
    return dashboard("rdpwatch-fleet", "RDP fleet", "Which remote desktop hosts fail now, why, since when and where; what fails next.", dashboard_variables(), marks(),
                     beside(("Daemon", "rdpwatch-daemon", "")),
                     [("Now", now()), ("What fails, and why", failing()), ("Over time", over_the_time()), ("What fails next", soon()), ("Service level", service()),
                      ("Common causes and paths", together())])
