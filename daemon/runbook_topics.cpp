#include "daemon/runbook.h"

namespace rdpwatch::daemon {
namespace {

RunbookSection start() {
  RunbookSection section{.id = "start"};
  section.lead = {
      "For whoever was woken by an alert. Every reason that rdpwatch can tell has a section of its own; the "
      "link "
      "of the alert leads there."};
  section.parts = {
      {"The first five minutes",
       Layout::Numbered,
       {("Read the alert: which host, in which phase, for which reason, and what the user sees. Open the "
         "section of the reason."),
        "One host or many? When RdpSiteDown or RdpFleetDown fires too, look at what these hosts share "
        "(network, "
        "VPN, DNS, domain controllers, a policy) and take one host as an example.",
        "Repeat it at the prober: rdpwatch probe HOST:PORT draws how far a client comes. When it passes now, "
        "read "
        "passed_on_retry.",
        "Look from a user's place: Test-NetConnection HOST -Port PORT. When it works there and not here, or "
        "the "
        "other way round, read path_specific and tcp_source_filtered.",
        "In the section, causes stand with the likeliest first. Type the commands, change one thing at a "
        "time, and "
        "confirm as the section says.",
        "A series or an alert that is gone is no proof: RdpwatchDown or RdpNoProbeLately mean that nobody "
        "looks."}},
      {"When you have only what the user read off the screen",
       Layout::Listed,
       {"Two codes: rdpwatch explain 0x904 0x7, or the index of codes in the document. 0x904 / 0x7 names a "
        "symptom, "
        "not a cause: probe the host, the phase tells the candidates apart.",
        "No code: ask for the words of the box and the minute, then probe the host.",
        "The user's own machine remembers: event 1026 in TerminalServices-RDPClient/Operational has the "
        "number of "
        "the first code (reported)."}},
      {"Whom to call, by scenario",
       Layout::Listed,
       {"network_blockade: the network team, with what ip route get and traceroute print",
        "security_mismatch: who keeps certificates, TLS and group policies of Windows servers",
        "host_refusing: who runs the host or its hypervisor",
        "name_or_port_mismatch: who keeps DNS, NAT and port forwards",
        "client_side: who keeps the users' machines; for prober_ reasons, who runs rdpwatch",
        "account: who keeps the directory"}},
      {"What a repair costs",
       Layout::Listed,
       {"Commands after \"# REPAIR\" change something; all others only look.",
        "Restart-Service TermService -Force disconnects everybody who works on that host. Their programs "
        "usually go "
        "on and wait for them (inferred). At a host in use, ask first.",
        "A new certificate makes clients warn once, and a pin in expect raises cert_changed until it is "
        "taken over.",
        "Do not switch NLA off, set AllowEncryptionOracle to 2, or open the RDP port to the internet to get "
        "through "
        "the night: each of them outlives it."}},
      {"How to read this",
       Layout::Listed,
       {"HOST is the name that users type, ADDRESS what it resolves to, PORT the RDP port (3389), COMPUTER "
        "the "
        "host's Windows name, DOMAIN, USER, SERVER, GATEWAY, ZONE, COLLECTION, FILE, NAME and NUMBER are "
        "your own.",
        "documented: by Microsoft. reported: by users, with the cause as they found it. inferred: concluded "
        "from "
        "both, nobody was seen to confirm it. The same marks stand beside commands where they apply.",
        "No Windows host was at hand when this was written: what Windows shows, and what the PowerShell "
        "lines print, "
        "rests on documents and reports.",
        "Names of groups, performance counters and messages are translated on a Windows of another "
        "language."}}};
  return section;
}

RunbookSection own_daemon() {
  RunbookSection section{.id = "daemon"};
  section.lead = {
      "Alerts about rdpwatch itself. While one of them fires, silence about hosts proves nothing."};
  section.parts = {
      {"Commands at the prober",
       Layout::Shell,
       {"systemctl status rdpwatch", "journalctl -u rdpwatch -n 100", "# 200 when it works; its own figures",
        "curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:19389/-/healthy",
        "curl -s http://127.0.0.1:19389/metrics | grep ^rdpwatch_", "# every mistake of the configuration",
        "rdpwatch check-config /etc/rdpwatch/rdpwatch.yaml", "# REPAIR", "sudo systemctl restart rdpwatch"}},
      {"What to do, by alert",
       Layout::Listed,
       {("RdpwatchDown: Prometheus gets no page. Is the service running, does the port answer from "
         "Prometheus' machine, does the target stand in the scrape configuration? All host alerts are blind "
         "meanwhile."),
        "RdpwatchDeadMansSwitch: fires always; it is meant to reach a service outside of your house. When "
        "that "
        "service calls, the way from Prometheus or Alertmanager to it is broken, not a host.",
        "RdpNoProbeLately: the daemon lives, but a host was not probed for three intervals. Look at "
        "rdpwatch_probes_skipped_total by reason, and at the journal.",
        "RdpwatchReloadFailed: the last configuration was refused and the old one is in force. check-config "
        "names "
        "every mistake; mend it and reload.",
        "RdpwatchStateNotSaved: state_directory cannot be written, the log says why: a full disk, or a "
        "folder "
        "of another owner. A restart before it is mended loses verdicts, pauses and the connection budget.",
        "RdpwatchNoTargets: the list is empty. Look at targets, target_files and target_urls.",
        "RdpwatchTargetsPending: some hosts were never probed. Just after a start, wait an interval; else "
        "look at "
        "RdpwatchScheduleLagging.",
        "RdpwatchScheduleLagging: probes start late. Look at processor and memory of the prober; lengthen "
        "the "
        "interval or give it more.",
        "RdpwatchProbesSkipped: overrun: a probe takes longer than its interval; budget: the interval is too "
        "short "
        "for the connections that one address may get. Lengthen the interval.",
        "RdpwatchProbesAtLimit: probes_in_flight is reached. Many hosts time out at once, or the limit is "
        "too low.",
        "RdpwatchProberFault: see prober_socket_denied, prober_resources and net_local_route_denied.",
        "RdpwatchUnclassified: a host fails in a way that has no name yet. The host's page has the detail; "
        "report it.",
        "RdpwatchRestarting: it was started more than twice within an hour. The journal says whether the "
        "watchdog, "
        "memory or a person did it.",
        "RdpwatchFileDescriptors: see prober_resources.",
        "RdpwatchLogsErrors: read them: journalctl -u rdpwatch -p err.",
        "RdpwatchInstanceNotRelabelled: the scrape job lacks the metric_relabel_configs line that makes the "
        "target "
        "the instance; host alerts are wrong until it is there.",
        "RdpwatchNotificationsFailing: an Alertmanager refuses what rdpwatch pushes, or does not answer. "
        "Look at its "
        "log and at alertmanagers in the configuration.",
        "RdpwatchNotificationsDropped: alerts were lost on the way to an Alertmanager. Look at Prometheus' "
        "own "
        "alerts for the time of the loss."}},
      {"How to confirm",
       Layout::Numbered,
       {"curl prints 200, and up{job=\"rdpwatch\"} is 1 in Prometheus",
        "rdpwatch_targets{state=\"pending\"} is 0 after one interval"}}};
  return section;
}

RunbookSection vantage() {
  RunbookSection section{.id = "vantage"};
  section.lead = {
      "A vantage is the place where this rdpwatch sits. It looks at itself all the time; while a check is "
      "disturbed, verdicts are marked suspect_vantage and RdpwatchVantageUnhealthy stands for all alerts of "
      "hosts. A check that cannot tell is unknown, not sound. An incident of the vantage "
      "(RdpIncident with attribute vantage) says that at least half of all hosts fail by one cause and that "
      "no smaller group explains it; hosts elsewhere that pass speak against our own place."};
  section.parts = {
      {"Is it our own place, when many hosts fail at once",
       Layout::Numbered,
       {"Is there an incident of the vantage, or of a resolver, in rdp_incident_info or on the page of the "
        "fleet?",
        "Do hosts of different sites fail in the same minute, all in resolve or connect? Then look here "
        "first.",
        "Does anything that is not an RDP host answer from here: the gateway, a name server, a web server?",
        "Does a second rdpwatch, or a user elsewhere, get through to the same hosts? See path_specific."}},
      {"What the checks look at",
       Layout::Listed,
       {"resolver: a name server answers for one of three target names, asked past every cache, or did so "
        "for a "
        "probe within the last minute",
        "route: the kernel has a route to at least half of 16 target addresses, or most probes of the last "
        "minute connected",
        "clock: it is synchronised (adjtimex), or agrees with most hosts within a minute; it was not set by "
        "more than 30 s",
        "self_probe: a probe of a responder in rdpwatch itself passes, over the loopback; unknown when it "
        "fails "
        "while most probes connect",
        "control: one of vantage.control_targets takes a TCP connection",
        "firewall: this machine itself does not deny connections to most of the targets",
        "interception: half of the hosts do not change their certificates together, nor show those of an "
        "inspector"}},
      {"Commands at the prober",
       Layout::Shell,
       {"# what was seen, check by check", "curl -s http://127.0.0.1:19389/api/v1/vantage", "ip -br address",
        "ip route", "# the gateway of the first line that begins with default", "ping -c 3 GATEWAY",
        "# the name server of resolv.conf", "dig @SERVER HOST A"}},
      {"How to confirm",
       Layout::Numbered,
       {"hosts of all sites pass again from here", "RdpFleetDown and RdpSiteDown end"}}};
  return section;
}

}  // namespace

std::span<const RunbookSection> runbook_topics() {
  static const std::vector<RunbookSection> topics{start(), own_daemon(), vantage()};
  return topics;
}

}  // namespace rdpwatch::daemon
