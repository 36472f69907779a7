#pragma once

#include <array>

#include "probes/taxonomy/rows/client_code.h"
#include "probes/taxonomy/rows/commands_elsewhere.h"
#include "probes/taxonomy/rows/commands_prober.h"
#include "probes/taxonomy/rows/confirm.h"
#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::rows {

/// Resolve names and addresses: families target and dns.
inline constexpr auto kResolveRows = std::to_array<Row>({
    {
        .number = 1,
        .family = "target",
        .phase = Phase::Resolve,
        .cause = Cause::NameInvalid,
        .reason = "target_name_invalid",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = documented(0x408, 0x0),
        .availability = Availability::Now,
        .observation = "the name has characters or a length that a host name cannot have",
        .meaning = "Nothing was looked up: what stands in the list is not a host name or an address.",
        .likely_causes = "typing error in the list; a URL, a path or a port glued to the name; a label "
                         "longer than 63 characters",
        .checklist = "3",
        .advice = "correct the entry in the target list; check it with rdpwatch check-config",
        .told_apart_by = "no DNS question was sent at all",
        .commands = {kListHere},
        .confirm = "check-config finds nothing, and the target is looked up",
    },
    {
        .number = 2,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::NameNotFound,
        .reason = "dns_name_not_found",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = documented(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "the resolver says that the name does not exist (NXDOMAIN)",
        .meaning = "DNS works, but there is no such name for a client at this place.",
        .likely_causes = "typing error; the record was removed or never made; missing DNS suffix for a short "
                         "name; split DNS seen without the VPN",
        .checklist = "3",
        .advice = "compare nslookup NAME here and on a machine where it works; connect by address once to "
                  "see whether only the name is wrong; create or repair the A/AAAA record; use the full name "
                  "or add the search suffix",
        .told_apart_by = "an authoritative \"no such name\", not silence and not an error of the server",
        .commands = {kLookUpHere, kLookUpOnClient, kDnsServer},
        .confirm = "dig says NOERROR and shows the right address, here and on a client",
    },
    {
        .number = 3,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::NoAddress,
        .reason = "dns_no_address",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "the name exists but has neither A nor AAAA records",
        .meaning = "DNS knows the name for something else (mail, an alias, one address family) but gives no "
                   "address to connect to.",
        .likely_causes = "the address record is missing; only the other address family is published; a CNAME "
                         "leads to an empty name",
        .checklist = "3",
        .advice = "look at all records with nslookup -type=any NAME; add the A or AAAA record; allow the "
                  "other address family",
        .told_apart_by = "the name exists (NODATA), unlike dns_name_not_found",
        .commands = {kLookUpHere, kDnsServer},
        .confirm = "dig shows an A or AAAA record",
    },
    {
        .number = 4,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::DnsServerFailure,
        .reason = "dns_server_failure",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "the name server answered SERVFAIL",
        .meaning = "A name server was reached and could not finish the lookup; the name itself may be fine.",
        .likely_causes = "the zone does not load or its servers are unreachable for the resolver; DNSSEC "
                         "validation fails; a forwarder is broken",
        .checklist = "3",
        .advice = "ask the zone's own server directly: nslookup NAME SERVER; check the forwarders and the "
                  "DNS server's event log; check DNSSEC signatures and the clock of the resolver",
        .told_apart_by = "an error code came back, so the resolver is alive; other names may resolve",
        .commands = {kLookUpHere, kNameServerHere, kDnsServer},
        .confirm = "dig says NOERROR without +cd",
    },
    {
        .number = 5,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::Timeout,
        .reason = "dns_timeout",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "no name server answered in time",
        .meaning = "The question got no answer from any configured name server.",
        .likely_causes = "VPN or site link to the name server is down; a firewall drops UDP and TCP port 53; "
                         "the name server is down or overloaded",
        .checklist = "3,4",
        .advice = "test the name server by address: nslookup NAME SERVER; check the route and the firewall "
                  "to port 53; restore the VPN; compare with the addresses in /etc/resolv.conf",
        .told_apart_by =
            "silence: neither a \"no such name\" nor an error code; usually many targets fail together",
        .commands = {kLookUpHere, kNameServerHere, kRouteHere},
        .confirm = "every configured name server answers within a second",
    },
    {
        .number = 6,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::DnsRefused,
        .reason = "dns_refused",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "the name server answered REFUSED",
        .meaning = "The name server does not serve this client or this zone.",
        .likely_causes = "the resolver's access list does not include this network; the server does not do "
                         "recursion; a wrong name server is configured",
        .checklist = "3",
        .advice = "use a name server that permits this network; extend its access list; check "
                  "resolver.servers of the configuration",
        .told_apart_by = "an explicit refusal by the name server, before any lookup",
        .commands = {kLookUpHere, kNameServerHere, kDnsServer},
        .confirm = "the name server answers NOERROR to the prober",
    },
    {
        .number = 7,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::UnexpectedAddress,
        .reason = "dns_unexpected_address",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Finding,
        .severity = Severity::Critical,
        .client_note = "usually nothing, or the desktop of a wrong host",
        .availability = Availability::Now,
        .observation = "the answer holds an address that the configuration does not expect",
        .meaning = "The name leads elsewhere than it should; users reach another host or none.",
        .likely_causes = "the DHCP lease moved and the record is stale; the host was replaced and the "
                         "expectation is old; the record was overridden or hijacked",
        .checklist = "3",
        .advice = "compare the answer with expect.addresses; correct the DNS record, or the expectation "
                  "after a planned move (rdpwatch learn prints it); check who changed the record",
        .told_apart_by = "the lookup itself worked; the comparison with the expectation failed",
        .commands = {kLookUpHere, kReverseHere, kLearnHere, kDnsServer},
        .confirm = "the answer and expect.addresses agree",
    },
    {
        .number = 8,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::InvalidAddress,
        .reason = "dns_invalid_address",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x308),
        .client_alternative = inferred(0x804),
        .availability = Availability::Now,
        .observation =
            "the answer is an address that no host can be reached at (0.0.0.0, loopback, multicast)",
        .meaning =
            "Something on the way answered with a placeholder instead of the host's address. It is the "
            "failure when nothing answers there. When something does, as only loopback can, it is a "
            "finding: another service was probed than the one that was meant.",
        .likely_causes = "a DNS filter (sinkhole) blocks the name; a leftover line in the hosts file; a "
                         "record published from a machine with a broken interface",
        .checklist = "3",
        .advice = "look for the name in /etc/hosts and in the DNS filter; correct or remove the override; "
                  "remove the bad registration",
        .told_apart_by =
            "the address itself cannot belong to a remote host; a connection is tried to loopback "
            "only, and its own error stands in the detail. A target that is meant to be here says "
            "so in expect.addresses",
        .commands = {kLookUpHere, kLookUpOnClient, kDnsServer},
        .confirm = "the answer is an address of the host, here and on a client",
    },
    {
        .number = 9,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::PartialAddresses,
        .reason = "dns_partial_addresses",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Finding,
        .severity = Severity::Warning,
        .client = inferred(0x204, 0x0),
        .availability = Availability::Now,
        .observation = "the name has several addresses and some of them do not answer",
        .meaning = "Clients that pick a dead address fail or wait; others work. Complaints come and go.",
        .likely_causes = "round robin with a dead member; an old address was left in DNS; one address family "
                         "is not routed",
        .checklist = "3",
        .advice = "remove the dead address from DNS; repair the host behind it; check IPv6 routing when only "
                  "AAAA fails",
        .told_apart_by = "at least one address of the same name works at the same time",
        .commands = {kEachAddressHere, kLookUpHere, kDnsServer},
        .confirm = "every address of the name takes a connection",
    },
    {
        .number = 140,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::Malformed,
        .reason = "dns_malformed",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "the answer of the name server could not be parsed, or stayed truncated over TCP",
        .meaning = "A name server or a device on the way sends answers that are not valid DNS.",
        .likely_causes = "a middlebox rewrites DNS; TCP port 53 is blocked for long answers; something other "
                         "than a DNS server answers",
        .checklist = "3",
        .advice = "ask another name server and compare; allow TCP port 53; take DNS inspection off the path",
        .told_apart_by = "an answer arrived and was unusable, unlike dns_timeout and the error codes",
        .commands = {kNameServerHere, kLookUpHere},
        .confirm = "dig parses the answer, over UDP and over TCP",
    },
    {
        .number = 141,
        .family = "dns",
        .phase = Phase::Resolve,
        .cause = Cause::DnsCnameLoop,
        .reason = "dns_cname_loop",
        .scenario = Scenario::NameOrPortMismatch,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .client = inferred(0x104, 0x0),
        .availability = Availability::Now,
        .observation = "the aliases of the name lead back to themselves or go on for too long",
        .meaning = "The name is an alias that never ends in an address.",
        .likely_causes = "two CNAME records point at each other; an alias was renamed on one side only",
        .checklist = "3",
        .advice = "follow the chain with nslookup -type=cname NAME step by step; repair the record that "
                  "closes the circle",
        .told_apart_by = "the resolver answers, with aliases only",
        .commands = {kAliasesHere, kDnsServer},
        .confirm = "the chain of aliases ends in an address",
    },
    {
        .number = 148,
        .family = "any",
        .phase = Phase::Resolve,
        .cause = Cause::Unclassified,
        .reason = "resolve_unclassified",
        .scenario = Scenario::None,
        .kind = Kind::Failure,
        .severity = Severity::Critical,
        .availability = Availability::Now,
        .observation = "name resolution failed in a way that no other reason names",
        .meaning = "The detail says what was seen; it is kept as it came.",
        .likely_causes = "a resolver error that is new to this release",
        .checklist = "1",
        .advice = "read the detail; repeat with rdpwatch probe; report it with the detail so that it gets a "
                  "reason of its own",
        .told_apart_by = "none of the other reasons of this phase fits",
        .commands = {kLookUpHere, kEvidenceHere},
        .confirm = kPhasePasses,
        .alerts = "RdpHostDown; RdpwatchUnclassified",
    },
});

}  // namespace rdpwatch::rows
