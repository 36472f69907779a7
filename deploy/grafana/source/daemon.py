"""The daemon itself: whether it keeps its schedule, what it costs, what it complains about, and whether its own place is sound."""
from . import words
from .frame import alerts, dashboard, reloads, variable
from .links import beside
from .panels import NOT_MEASURED, heatmap, lines, over_time, stat, table, timeline, wide
from .queries import HOST, per_second

SELF = HOST
PROBES = f"rate(rdpwatch_schedule_lag_seconds_count{{{SELF}}}[$__rate_interval])"


def lag(quantile):
    return f"histogram_quantile({quantile}, {per_second('rdpwatch_schedule_lag_seconds_bucket', SELF, 'le')})"


def now():
    return [
        stat("Reached", "Whether the last scrape of the daemon worked. When not, all else here is old or empty.", f"min(job_instance:rdpwatch_daemon:up{{{SELF}}})",
             mappings=words.WORKS, empty="not scraped"),
        stat("Age of the data", "How long ago Prometheus last scraped the daemon. A zero elsewhere counts only while this is small.",
             f"time() - min(timestamp(rdpwatch_build_info{{{SELF}}}))", unit="s", decimals=0, colours=words.steps(words.WELL, (120, words.DOUBTFUL), (240, words.BROKEN)), empty="no data"),
        stat("Configuration", "Whether the last load of the configuration was accepted. When not, the old one runs on.",
             f"min(rdpwatch_config_last_reload_successful{{{SELF}}})", mappings=words.texts({0: ("refused, old one runs", words.BROKEN), 1: ("accepted", words.WELL)}), empty="not known"),
        stat("Loaded", "When the active configuration was loaded.", f"1000 * min(rdpwatch_config_last_reload_success_timestamp_seconds{{{SELF}}} > 0)", unit="dateTimeFromNow", empty="not known"),
        stat("Started", "When the process was started.", f"1000 * max(process_start_time_seconds{{{SELF}}})", unit="dateTimeFromNow", empty="not known"),
        stat("Version", "What runs.", f"max by (version) (rdpwatch_build_info{{{SELF}}})", legend="{{version}}", show="name", empty="not known"),
        stat("Errors logged", "Errors and worse in the log, in the time range. Zero only when the counter is there.",
             f'sum(increase(rdpwatch_log_messages_total{{{SELF},level=~"error|critical"}}[$__range]))', decimals=0, colours=words.NONE_IS_WELL, empty="not known"),
        stat("Probes left out", "Due probes that did not run because the one before had not ended or the connection budget was spent, in the time range.",
             f'sum(increase(rdpwatch_probes_skipped_total{{{SELF},reason=~"overrun|budget"}}[$__range]))', decimals=0, colours=words.NONE_IS_WELL_SOME_DOUBTFUL, empty="not known"),
    ]


def schedule():
    return [
        lines("Targets by state", "All configured targets, stacked. Pending: not probed yet. Paused: not probed on purpose.",
              [over_time(f"sum by (state) (rdpwatch_targets{{{SELF}}})", "{{state}}")], "none", size=(8, 8), stacked=True, colours=words.STATE_COLOURS),
        lines("Probes", "Scheduled probes that started, and those that failed, per second.",
              [over_time(f"sum({PROBES})", "started"), over_time(per_second("rdpwatch_failures_total", SELF), "failed"),
               over_time(per_second("rdpwatch_probe_retries_total", SELF), "tried again")], "reqps", size=(8, 8),
              colours={"started": words.WELL, "failed": words.BROKEN, "tried again": words.DOUBTFUL}),
        lines("Queue", "Probes that run now, and how many may. At the limit others wait.",
              [over_time(f"sum(rdpwatch_probes_in_flight{{{SELF}}})", "in flight"), over_time(f"sum(rdpwatch_probes_in_flight_limit{{{SELF}}})", "limit")], "none", size=(8, 8),
              colours={"in flight": words.PHASE_COLOURS["resolve"], "limit": words.BROKEN}, logarithmic=True),
        lines("Lag", "How late scheduled probes started. RdpwatchScheduleLagging fires when one in ten is more than a second late.",
              [over_time(lag(0.5), "half of them"), over_time(lag(0.9), "nine in ten"), over_time(lag(0.99), "99 in 100")], "s", size=(8, 8),
              colours={"half of them": words.PHASE_COLOURS["resolve"], "nine in ten": words.DOUBTFUL, "99 in 100": words.BROKEN}),
        heatmap("Lag, all probes", "How many scheduled probes started how late.", f"sum by (le) (increase(rdpwatch_schedule_lag_seconds_bucket{{{SELF}}}[$__rate_interval]))", "s", size=(8, 8)),
        lines("Left out", "Due probes that did not run, by reason, per second.",
              [over_time(per_second("rdpwatch_probes_skipped_total", SELF, "reason"), "{{reason}}")], "reqps", size=(8, 8), high=0.1,
              colours={"overrun": words.BROKEN, "budget": words.DOUBTFUL, "paused": words.GRAVE, "shutdown": words.UNKNOWN}),
    ]


def work():
    return [
        lines("Slow tenth of each phase", "Over all targets: one in ten took longer than this.",
              [over_time(f"histogram_quantile(0.9, {per_second('rdpwatch_probe_phase_duration_seconds_bucket', SELF, 'phase', 'le')})", "{{phase}}")], "s", size=(8, 8),
              colours=words.PHASE_COLOURS),
        lines("Failures by scenario", "Failed probes by the family of the reason, per second, stacked.",
              [over_time(per_second("rdpwatch_failures_total", SELF, "scenario"), "{{scenario}}")], "reqps", size=(8, 8), stacked=True),
        lines("Retries by phase", "Probes that were tried again, by the phase that failed, per second.",
              [over_time(per_second("rdpwatch_probe_retries_total", SELF, "phase"), "{{phase}}")], "reqps", size=(8, 8), colours=words.PHASE_COLOURS),
    ]


def cost():
    return [
        lines("CPU", "Time of a processor core that the daemon takes; 100 % is one core.", [over_time(f"rate(process_cpu_seconds_total{{{SELF}}}[$__rate_interval])", "{{instance}}")], "percentunit", size=(8, 7), legend="bottom", high=0.01),
        lines("CPU per probe", "CPU time of the whole daemon for each scheduled probe; nearly all of it is the TLS handshake.",
              [over_time(f"rate(process_cpu_seconds_total{{{SELF}}}[$__rate_interval])\n/ on (job, instance)\n{PROBES}", "{{instance}}")], "s", size=(8, 7), legend="bottom"),
        lines("Memory", "Resident memory.", [over_time(f"process_resident_memory_bytes{{{SELF}}}", "{{instance}}")], "bytes", size=(8, 7), legend="bottom"),
        lines("File descriptors", "Share of the file descriptors that are open. At 100 % probes fail on our side.",
              [over_time(f"process_open_fds{{{SELF}}}\n/ on (job, instance)\nprocess_max_fds{{{SELF}}}", "{{instance}}")], "percentunit", size=(8, 7), legend="bottom"),
        lines("Scrape", "How long Prometheus took to read /metrics.", [over_time(f"scrape_duration_seconds{{{SELF}}}\nand on (job, instance)\njob_instance:rdpwatch_daemon:up", "{{instance}}")], "s", size=(8, 7), legend="bottom"),
        lines("Series", "Samples that one scrape brings.", [over_time(f"scrape_samples_scraped{{{SELF}}}\nand on (job, instance)\njob_instance:rdpwatch_daemon:up", "{{instance}}")], "none", size=(8, 7), legend="bottom"),
    ]


def errors():
    return [
        lines("Log messages", "Messages by level, per second.", [over_time(per_second("rdpwatch_log_messages_total", SELF, "level"), "{{level}}")], "cps", size=(8, 7), high=0.1,
              colours=words.LEVEL_COLOURS),
        lines("Direct push: errors", "Failed deliveries to each Alertmanager, per second. \"Not measured\": direct push is off.",
              [over_time(per_second("rdpwatch_notifications_errors_total", SELF, "alertmanager"), "{{alertmanager}}"),
               over_time(per_second("rdpwatch_notifications_dropped_total", SELF), "lost")], "cps", size=(8, 7), empty=NOT_MEASURED),
        lines("Direct push: queue", "Alerts that wait for delivery, and how many may. \"Not measured\": direct push is off.",
              [over_time(f"sum(rdpwatch_notifications_queue_length{{{SELF}}})", "waiting"), over_time(f"sum(rdpwatch_notifications_queue_capacity{{{SELF}}})", "capacity")], "none",
              size=(8, 7), empty=NOT_MEASURED),
        table("Build and configuration", "What runs where, and the checksum of its configuration: instances that should be alike show the same.",
              [f"max by (instance, version, revision, openssl, compiler) (rdpwatch_build_info{{{SELF}}})",
               f"max by (instance, sha256) (rdpwatch_config_info{{{SELF}}})"],
              {"instance": "Instance", "version": "Version", "revision": "Revision", "openssl": "OpenSSL", "compiler": "Compiler", "sha256": "Configuration"}, size=(24, 4),
              overrides=[wide("Instance", 180), wide("Version", 90), wide("Revision", 130), wide("OpenSSL", 240), wide("Compiler", 120)]),
    ]


def vantage():
    return [
        timeline("Checks of our own place", "What the daemon finds about the place that it measures from. While a check fails, do not trust what it says about hosts. "
                 "\"Not measured\", or no line: the check cannot tell, which is no good news.",
                 [over_time(f"min by (instance, check) (rdpwatch_vantage_healthy{{{SELF}}})", "{{instance}} {{check}}")],
                 words.texts({0: ("disturbed", words.BROKEN), 1: ("sound", words.WELL)}), size=(16, 6), empty=NOT_MEASURED),
        stat("Disturbed checks", "Checks of our own place that fail now.", f"count(rdpwatch_vantage_healthy{{{SELF}}} == 0) or 0 * count(rdpwatch_vantage_healthy{{{SELF}}})",
             size=(8, 6), colours=words.NONE_IS_WELL, empty=NOT_MEASURED),
    ]


def page():
    return dashboard("rdpwatch-daemon", "RDP watcher (daemon)", "Whether rdpwatch keeps its schedule, what it costs and what it complains about.",
                     [variable("job", "Job", "label_values(rdpwatch_build_info, job)"),
                      variable("instance", "Daemon", 'label_values(rdpwatch_build_info{job=~"$job"}, instance)', all_matches=".*")],
                     [alerts('max by (alertname) (ALERTS{alertname=~"Rdpwatch.*",alertname!="RdpwatchDeadMansSwitch",alertstate="firing"})'),
                      reloads(f"time() - rdpwatch_config_last_reload_success_timestamp_seconds{{{SELF}}} < 120")],
                     beside(("Fleet", "rdpwatch-fleet", "")),
                     [("Now", now()), ("Schedule and queue", schedule()), ("What the probes do", work()), ("Cost", cost()),
                      ("Errors, and alerts that are pushed directly", errors()), ("Vantage", vantage())])
