"""One host: how far each probe came, why it stopped there, and what the host says about itself."""
from . import words
from .frame import alerts, dashboard, variable
from .links import beside, to_runbook
from .panels import NOT_MEASURED, column, filled, lines, over_time, query, stat, table, timeline, wide
from .queries import HOST, ON, SITE, age_of_result, failing_since, host, state, users_see

FAILURE = host("rdp_probe_failure_info")


def explained(failure, label, finding, passes):
    """`failure`, else the worst findings, else that the host passes: so that nothing at all can only mean that nothing is known. Both
    `finding` and `passes` give the label from a vector."""
    critical, warning = (finding(host("rdp_probe_finding_info", f'severity="{severity}"')) for severity in ("critical", "warning"))
    either = f"\nor {ON}\n".join([failure, critical, warning, labelled(f"{host('probe_success')} == 1", label, passes)])
    return f"max by (job, instance, {label}) (\n{either}\n)"


def labelled(vector, label, text):
    return f'label_replace({vector}, "{label}", "{text}", "", "")'


def verdict():
    return [
        stat("Verdict", "Result of the last finished probe. \"Passes\" goes as far as the depth of the module: at nla no account has logged on.",
             state(), mappings=words.STATES, size=(5, 4), empty="not known"),
        stat("Reason", "Why the last probe failed; when it passed, its worst finding. Opens the runbook.",
             explained(FAILURE, "reason", lambda finding: finding, "none, it passes"), size=(6, 4), legend="{{reason}}", show="name",
             empty="not known", links=[to_runbook("__field.labels.reason")]),
        stat("The user sees", "Error code and extended error code that the Windows client shows for this reason, as documented, reported or inferred: the runbook says which, and what a finding means for users.",
             explained(users_see(FAILURE), "user_sees", lambda finding: labelled(finding, "user_sees", "see runbook"), "no error so far"), size=(4, 4), legend="{{user_sees}}", show="name",
             empty="not known"),
        stat("Last passed", "When the host last passed; when that is not known (probe door, or never yet): when the alert rule first saw it fail.",
             f"1000 * {failing_since()}", unit="dateTimeFromNow", size=(3, 4),
             empty="never, or not known"),
        stat("Last probe", "How long ago the last probe ended (probe door: was scraped). More than three intervals: nobody looks.",
             age_of_result(), unit="s", decimals=0, size=(3, 4), empty="none known"),
        stat("Up in the last day", "Share of the last day in which the host passed, of the time that is known.",
             f"job_instance:rdp_availability:ratio1d{{{HOST}}}", unit="percentunit", decimals=2, size=(3, 4), colours=words.AVAILABILITY, empty="not known"),
        stat("Certificate ends in", "Days until the certificate of the last probe ends; minus: it has ended.", f"({host('probe_ssl_earliest_cert_expiry')} - time()) / {words.DAY}",
             unit="suffix: days", decimals=1, size=(4, 4), colours=words.CERTIFICATE_DAYS, empty="none seen"),
        stat("Name in certificate", "Whether the certificate covers the configured name.", host("rdp_tls_certificate_hostname_match"), size=(4, 4),
             mappings=words.texts({0: ("does not match", words.DOUBTFUL), 1: ("matches", words.WELL)}), empty="none seen"),
        stat("TLS", "Version of the last handshake.", host("probe_tls_version_info"), legend="{{version}}", show="name", size=(4, 4),
             empty="no handshake"),
        stat("NLA required", "Whether the host insists on network level authentication; asked at most once an hour.", host("rdp_nla_required"), size=(4, 4),
             mappings=words.YES_NO, empty="not known"),
        stat("Clock off by", "Clock of the host minus ours; minus: behind. Kerberos refuses more than 300 s.", host("rdp_server_clock_skew_seconds"), unit="s", decimals=1,
             size=(4, 4), colours=words.CLOCK, empty="not known"),
        stat("Flips", "Changes between passing and failing in the time range.",
             f"changes({host('probe_success')}[$__range])", size=(4, 4), colours=words.steps(words.WELL, (1, words.DOUBTFUL), (5, words.BROKEN)), empty="not known"),
    ]


def ladder():
    def rung(phase):
        here = f'phase="{phase}"'
        failed = f"2 * max by (job, instance) ({host('rdp_probe_failure_info', here)})"
        entered = f"1 + 0 * max by (job, instance) ({host('rdp_probe_phase_duration_seconds', here)})"
        if words.PHASES.index(phase) >= 5:  # deeper than this release climbs: a row only when there is data
            return over_time(f"{failed}\nor {ON}\n{entered}", phase)
        return over_time(f"{failed}\nor {ON}\n{entered}\nor {ON}\n0 * max by (job, instance) ({host('probe_success')})", phase)

    return [
        timeline("Ladder", "Each phase of each probe: passed, failed, or not reached (also when it does not apply to this host). A gap: no result in Prometheus.",
                 [rung(phase) for phase in words.PHASES], words.LADDER, size=(24, 8), empty="no result in Prometheus"),
        timeline("Reasons", "Why probes failed, one row a reason. Empty is good only while the ladder above shows passed phases.",
                 [over_time(f"max by (reason) ({FAILURE})", "{{reason}}")], words.texts({1: ("failed", words.BROKEN)}), size=(12, 6),
                 empty="no failure in this time range - good only while the ladder shows passed phases", links=[to_runbook("__field.labels.reason")]),
        timeline("Findings", "What was wrong without stopping the climb, one row a reason.",
                 [over_time(f'max by (reason) ({host("rdp_probe_finding_info")} * 0 + 1)\nor\nmax by (reason) ({host("rdp_probe_finding_info")})', "{{reason}}")],
                 words.texts({1: ("finding", words.DOUBTFUL)}), size=(12, 6),
                 empty="no finding in this time range - good only while the ladder shows passed phases", links=[to_runbook("__field.labels.reason")]),
        lines("Time per phase", "How long each phase of the last probe took, stacked. Phases that were not entered are absent.",
              [over_time(f"max by (phase) ({host('rdp_probe_phase_duration_seconds')})", "{{phase}}")], "s", stacked=True, colours=words.PHASE_COLOURS),
        lines("Against its own baseline", "Time of the phases of passed probes: mean of 15 minutes, and the day before. RdpHostSlow fires at three times that. "
              "\"Usual\" is what the daemon compares with (vantage.baseline); from four times that on, tcp_slow is a finding.",
              [over_time(f"job_instance:rdp_probe_phase_duration_seconds:sum_avg15m{{{HOST}}}", "15 minutes"),
               over_time(f"job_instance:rdp_probe_phase_duration_seconds:sum_avg1d{{{HOST}}}", "the day before"),
               over_time(host("rdp_probe_usual_seconds"), "usual")], "s",
              colours={"15 minutes": words.PHASE_COLOURS["resolve"], "the day before": words.UNKNOWN, "usual": words.WELL}),
    ]


def seen(labels, metric):
    return f"max by ({labels}) (last_over_time({host(metric)}[$__range]))"


def identity():
    return [
        table("Who it says it is", "What the host says about itself (NTLM challenge). Every answer within the time range has a row.",
              [seen("computer, domain, dns_name, os_build", "rdp_server_info")],
              {"computer": "Computer", "domain": "Domain", "dns_name": "DNS name", "os_build": "Windows build"}, size=(12, 4),
              empty="not known: no probe in this time range got so far"),
        table("What was negotiated", "Security protocol and cipher, and what the host offers. Every combination within the time range has a row.",
              [seen("protocol, tls_cipher, restricted_admin, redirected_auth, gfx", "rdp_negotiation_info")],
              {"protocol": "Protocol", "tls_cipher": "Cipher", "restricted_admin": "Restricted admin", "redirected_auth": "Redirected logon", "gfx": "Graphics"},
              size=(12, 4), empty="not known: no probe in this time range got so far",
              overrides=[filled("Restricted admin", 130, mappings=words.texts({"true": ("allowed", words.DOUBTFUL), "false": ("no", words.WELL)})), wide("Cipher", 240)]),
        table("Certificate", "Every certificate seen within the time range has a row.",
              [seen("subject, issuer, serial, self_signed, fingerprint_sha256", "rdp_tls_certificate_info")],
              {"subject": "Subject", "issuer": "Issuer", "self_signed": "Self-signed", "serial": "Serial", "fingerprint_sha256": "SHA-256"}, size=(24, 4),
              empty="no certificate seen in this time range", overrides=[wide("Self-signed", 100), wide("Serial", 250)]),
        lines("Clock", "Clock of the host minus ours; minus: behind. Dashed: 120 s (warning) and 240 s (critical); Kerberos refuses 300 s.",
              [over_time(host("rdp_server_clock_skew_seconds"), "off by")], "s", size=(12, 7), low=None, limits=words.CLOCK, colours={"off by": words.PHASE_COLOURS["resolve"]}),
        lines("Certificate days left", "Days until the certificate ends: a renewal is a jump.",
              [over_time(f"({host('probe_ssl_earliest_cert_expiry')} - time()) / {words.DAY}", "days left")], "none", size=(12, 7), low=None,
              limits=words.CERTIFICATE_DAYS, colours={"days left": words.PHASE_COLOURS["resolve"]}, empty="no certificate seen in this time range"),
    ]


def path():
    return [
        lines("DNS", "Addresses in the last answer, and changes of the answer. Absent for a target that is configured by address.",
              [over_time(host("rdp_dns_answers"), "addresses"), over_time(f"increase({host('rdp_dns_changes_total')}[$__rate_interval])", "changes")], "none", size=(8, 7),
              empty="not known, or configured by address", colours={"addresses": words.WELL, "changes": words.BROKEN}),
        lines("Round trip", "Of the probe's own connection (TCP), and of a few pings where the host does not connect.",
              [over_time(host("rdp_tcp_rtt_seconds"), "TCP"), over_time(host("rdp_icmp_rtt_seconds"), "ICMP")], "s",
              size=(8, 7), empty=NOT_MEASURED),
        lines("Hops", "Hop at which the host answers. \"Not measured\": the host does not answer ping, or `path_trace` is off.", [over_time(host("rdp_path_hops"), "hops")], "none", size=(8, 7),
              empty=NOT_MEASURED),
    ]


def dashboard_variables():
    return [variable("job", "Job", "label_values(job_instance:rdp_target:labels, job)"),
            variable("site", "Site", 'label_values(job_instance:rdp_target:labels{job=~"$job"}, site)', all_matches=".*"),
            variable("instance", "Host", f"label_values(job_instance:rdp_target:labels{{{SITE}}}, instance)", many=False)]


def page():
    return dashboard("rdpwatch-host", "RDP host", "One remote desktop host: how far each probe came, why it stopped, what the host says about itself.", dashboard_variables(),
                     [alerts('ALERTS{alertname=~"Rdp.*",alertstate="firing",job=~"$job",instance=~"$instance"}')],
                     beside(("Fleet", "rdpwatch-fleet", "&${job:queryparam}&${site:queryparam}"), ("Daemon", "rdpwatch-daemon", "")),
                     [("Now", verdict()), ("The ladder over time", ladder()), ("Identity, certificate, clock", identity()), ("Name and path", path())])
