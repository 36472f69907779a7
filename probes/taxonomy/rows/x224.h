#pragma once

#include <array>

#include "probes/taxonomy/rows/client_code.h"
#include "probes/taxonomy/rows/commands_host.h"
#include "probes/taxonomy/rows/commands_prober.h"
#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::rows {

/// The X.224 connection request: family x224.
inline constexpr auto kX224Rows = std::to_array<Row>({
    {
        .number = 25,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::Timeout,
        .reason = "x224_timeout",
        .scenario = Scenario::HostRefusing,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = reported(0x108, 0x0),
        .availability = Availability::Now,
        .observation = "TCP is open, but the RDP connection request gets no answer",
        .meaning = "The kernel accepts connections while the Remote Desktop service behind it does not.",
        .likely_causes = "TermService or the whole host hung; host starved of memory or CPU; listener "
                         "paused; a silent proxy before it",
        .checklist = "1",
        .advice = "check load and memory at the console or hypervisor; restart the service: Restart-Service "
                  "TermService -Force; when the console hangs too, reset the host",
        .told_apart_by = "silence after our request; a close or reset would be x224_closed or x224_reset",
        .commands = {kPhasesHere, kListenerOnHost, kLoadOnHost, kCrashesOnHost},
        .confirm = "the host answers the request within its usual time, also under load",
    },
    {
        .number = 26,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::Closed,
        .reason = "x224_closed",
        .scenario = Scenario::HostRefusing,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x904, 0x7),
        .availability = Availability::Now,
        .observation = "the connection was closed after our RDP request, without an answer",
        .meaning = "An RDP listener, or something before it, took the request and declined by hanging up.",
        .likely_causes = "too many pending connections at the listener; address restriction or connection "
                         "limit; service shutting down; a proxy that cannot reach its backend",
        .checklist = "1",
        .advice =
            "look for events 261 and 1006 of RemoteConnectionManager and 131 of RdpCoreTS at that minute; "
            "check connection limits and MaxOutstandingConnections; restart TermService; check the proxy",
        .told_apart_by = "closed after the request and before the confirm; tcp_closed_on_accept comes before "
                         "the request, tls_eof after the confirm",
        .commands = {kCaptureHere, kBacklogOnHost, kConnectionEventsOnHost, kListenerOnHost},
        .confirm = "the answer comes each time, also in the busy hours",
    },
    {
        .number = 27,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::Reset,
        .reason = "x224_reset",
        .scenario = Scenario::HostRefusing,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x904, 0x7),
        .availability = Availability::Now,
        .observation = "the connection was reset after our RDP request",
        .meaning =
            "Something on the way, or a crashing service, broke the connection when it saw an RDP request.",
        .likely_causes = "inspection device that forbids RDP on this path; TermService crashing; ban list "
                         "triggered by the request",
        .checklist = "4",
        .advice = "try from inside the host's network; look for TermService crashes in the Application log "
                  "(event 1000); allow RDP in the inspection device",
        .told_apart_by =
            "reset after the request; tcp_reset_on_accept comes before it, tls_reset after the confirm",
        .commands = {kCaptureHere, kCrashesOnHost, kConnectionEventsOnHost},
        .confirm = "the answer comes each time, from outside of the host's network too",
    },
    {
        .number = 28,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::NotRdp,
        .reason = "x224_not_rdp",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = reported(0x904, 0x7),
        .availability = Availability::Now,
        .observation = "the answer belongs to another protocol (the detail names it)",
        .meaning = "The port leads to another service, so the name, the address or the port is wrong.",
        .likely_causes = "port forward or NAT rule to a wrong host or port; another program took port 3389; "
                         "the address now belongs to another machine",
        .checklist = "3",
        .advice = "see in the detail which product answers; correct the forward; on Windows find the owner "
                  "of the port: netstat -ano and tasklist; check PortNumber of RDP-Tcp",
        .told_apart_by = "the bytes of another protocol came instead of an X.224 confirm",
        .commands = {kBannerHere, kReverseHere, kPortOwnerOnHost},
        .confirm = "the port belongs to TermService on the right host",
    },
    {
        .number = 29,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::TlsFirst,
        .reason = "x224_tls_first",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x904, 0x7),
        .availability = Availability::Now,
        .observation = "the answer to the RDP request is a TLS record",
        .meaning = "The port speaks TLS from the first byte: a web server, a gateway or a TLS proxy, not an "
                   "RDP listener.",
        .likely_causes = "HTTPS published on this port; RD Gateway address used as host; TLS-terminating "
                         "proxy without RDP support",
        .checklist = "3",
        .advice = "use the right port; address the gateway as a gateway; forward raw TCP instead of "
                  "terminating TLS",
        .told_apart_by = "a TLS record (usually an alert) came before any RDP byte",
        .commands = {kBannerHere, kReverseHere, kPortOwnerOnHost},
        .confirm = "the negotiation passes on the address and port that users have",
    },
    {
        .number = 30,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::Malformed,
        .reason = "x224_malformed",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0xD06, 0x0),
        .availability = Availability::Now,
        .observation = "the answer looks like TPKT or X.224 but its version or lengths are wrong",
        .meaning = "What answers is almost RDP: a broken proxy or another product.",
        .likely_causes = "proxy that alters the stream; another TPKT service (ISO-on-TCP, H.323) on the "
                         "port; faulty third-party RDP server",
        .checklist = "3",
        .advice = "identify the product from the bytes in the detail; bypass the proxy; correct the port",
        .told_apart_by =
            "the frame starts like RDP and breaks its own rules; x224_not_rdp starts differently",
        .commands = {kEvidenceHere, kCaptureHere, kPortOwnerOnHost},
        .confirm = "the negotiation passes without the proxy as well as through it",
    },
    {
        .number = 31,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::ErrorTpdu,
        .reason = "x224_error_tpdu",
        .scenario = Scenario::HostRefusing,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x904, 0x7),
        .availability = Availability::Now,
        .observation = "the server answered with an X.224 error TPDU",
        .meaning = "The peer speaks X.224 but could not parse or accept the request.",
        .likely_causes = "third-party RDP server or ISO transport service; proxy that altered the request",
        .checklist = "1",
        .advice = "note the product; compare from a path without the proxy; update the server software",
        .told_apart_by = "TPDU code 0x70 instead of a confirm",
        .commands = {kEvidenceHere, kCaptureHere},
        .confirm = "the server confirms the request",
    },
    {
        .number = 32,
        .family = "x224",
        .phase = Phase::Negotiate,
        .cause = Cause::DisconnectRequest,
        .reason = "x224_disconnect_request",
        .scenario = Scenario::HostRefusing,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x904, 0x7),
        .availability = Availability::Now,
        .observation = "the server answered with an X.224 disconnect request",
        .meaning = "The peer speaks X.224 and refuses the connection explicitly.",
        .likely_causes =
            "connection limit or address rule of a third-party server or proxy; service shutting down",
        .checklist = "1",
        .advice = "read the server's own log at that minute; check its limits",
        .told_apart_by = "TPDU code 0x80 instead of a confirm; x224_closed hangs up without a word",
        .commands = {kEvidenceHere, kCaptureHere, kBacklogOnHost},
        .confirm = "the server confirms the request, also in the busy hours",
    },
    {
        .number = 33,
        .family = "x224",
        .phase = Phase::Negotiate,
        .reason = "listener_saturated",
        .scenario = Scenario::HostRefusing,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = documented(0x904, 0x7),
        .client_alternative = documented(0x204, 0x0),
        .availability = Availability::NeedsHistory,
        .observation = "the listener answers from time to time; under load it closes, resets or stays silent",
        .meaning = "More connections wait at the listener than it allows, so it turns clients away until the "
                   "count drops.",
        .likely_causes = "password spraying or a scan from the internet; many clients reconnecting at once; "
                         "clients that never finish their handshake; MaxOutstandingConnections too low",
        .checklist = "1",
        .advice = "look for event 1006 in RemoteConnectionManager/Admin and floods of 4625; block the "
                  "attackers and take port 3389 off the internet; raise MaxOutstandingConnections under "
                  "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server",
        .told_apart_by =
            "the same host alternates between a good confirm and x224_closed, x224_reset or tcp_timeout",
        .commands = {kBacklogOnHost, kConnectionEventsOnHost, kFirewallOnHost},
        .confirm = "connections that wait stay few, and no event 1006 follows",
    },
});

}  // namespace rdpwatch::rows
