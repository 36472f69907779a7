#pragma once

#include "probes/taxonomy/taxonomy.h"

/// What to type at the prober, or at any Linux machine near it. Commands that need root begin with sudo.
namespace rdpwatch::rows {

inline constexpr CommandBlock kListHere{Place::Prober, R"(# every mistake of the list, with its line
rdpwatch check-config /etc/rdpwatch/rdpwatch.yaml)"};

inline constexpr CommandBlock kLookUpHere{
    Place::Prober, R"(# the addresses, and the status: NOERROR, NXDOMAIN, SERVFAIL, REFUSED
dig HOST A
dig HOST AAAA
# the same by the system, with its hosts file
getent ahosts HOST
# which name servers are asked, unless resolver.servers names others
cat /etc/resolv.conf)"};

inline constexpr CommandBlock kNameServerHere{Place::Prober,
                                              R"(# SERVER is one of the name servers that are asked
dig @SERVER HOST A
dig @SERVER +tcp HOST A
# when only this one works, DNSSEC is what fails
dig @SERVER +cd HOST A
nc -vz -w 5 SERVER 53)"};

inline constexpr CommandBlock kAliasesHere{Place::Prober, R"(# each step of the chain
dig HOST CNAME
dig +short HOST A)"};

inline constexpr CommandBlock kEachAddressHere{Place::Prober,
                                               R"(# one line for each address: which of them is dead
for a in $(dig +short HOST A; dig +short HOST AAAA); do nc -vz -w 5 "$a" PORT; done)"};

inline constexpr CommandBlock kReachHere{Place::Prober, R"(# silence proves nothing, ping is often filtered
ping -c 3 ADDRESS
# "succeeded", "refused", or nothing until the time is up
nc -vz -w 5 ADDRESS PORT
# another door of the same host: does Windows answer at all
nc -vz -w 5 ADDRESS 445)"};

inline constexpr CommandBlock kRouteHere{Place::Prober,
                                         R"(# which interface, gateway and source address are used
ip route get ADDRESS
# the last hop that answers, over the port that matters
sudo traceroute -n -T -p PORT ADDRESS)"};

inline constexpr CommandBlock kNeighbourHere{
    Place::Prober, R"(# on the host's own network: FAILED means that nobody answers for the address
ip neigh show ADDRESS)"};

inline constexpr CommandBlock kMtuHere{Place::Prober,
                                       R"(# 1472 passes on a clean path; find the largest size that does
ping -c 3 -M do -s 1472 ADDRESS
ping -c 3 -M do -s 1372 ADDRESS
tracepath -n ADDRESS)"};

inline constexpr CommandBlock kLossHere{Place::Prober,
                                        R"(# loss counts where it begins and goes on to the last hop
mtr -n -r -c 100 ADDRESS)"};

inline constexpr CommandBlock kCaptureHere{
    Place::Prober, R"(# in a second terminal, while you probe: who ends the connection, and after what
sudo tcpdump -n -i any -c 60 host ADDRESS and tcp port PORT)"};

inline constexpr CommandBlock kBannerHere{Place::Prober, R"(# what speaks on its own
nc -w 3 ADDRESS PORT </dev/null | head -c 200 | xxd
# is it a web server
curl -skI --max-time 5 https://ADDRESS:PORT/
curl -sI --max-time 5 http://ADDRESS:PORT/)"};

inline constexpr CommandBlock kPhasesHere{Place::Prober,
                                          R"(# which phase takes the time, and whether it does so every time
rdpwatch probe HOST:PORT)"};

inline constexpr CommandBlock kEvidenceHere{Place::Prober,
                                            R"(# what was seen in each phase, with the number as it came
rdpwatch probe --json --evidence HOST:PORT)"};

inline constexpr CommandBlock kCertificateHere{Place::Prober,
                                               R"(# the certificate: names, dates, key, fingerprint
rdpwatch probe HOST:PORT
# the same without the RDP request, which Windows answers (reported); other servers may not
openssl s_client -connect ADDRESS:PORT </dev/null | openssl x509 -noout -subject -issuer -dates -fingerprint -sha256)"};

inline constexpr CommandBlock kTlsVersionsHere{
    Place::Prober,
    R"(# TLS without the RDP request, which Windows answers (reported); "Cipher is" says that it worked
openssl s_client -connect ADDRESS:PORT -tls1_2 </dev/null
openssl s_client -connect ADDRESS:PORT -tls1 -cipher DEFAULT@SECLEVEL=0 </dev/null)"};

inline constexpr CommandBlock kLearnHere{
    Place::Prober, R"(# what the target shows now, as an expect: block to review and paste
rdpwatch learn HOST:PORT)"};

inline constexpr CommandBlock kReverseHere{Place::Prober,
                                           R"(# where the name leads, and what the address is called
dig +short HOST
dig +short -x ADDRESS)"};

inline constexpr CommandBlock kClockHere{Place::Prober,
                                         R"(# the prober's own clock: "System clock synchronized: yes"
timedatectl)"};

inline constexpr CommandBlock kServiceHere{Place::Prober, R"(systemctl status rdpwatch
journalctl -u rdpwatch -n 100
# what the sandbox of the unit allows
systemctl cat rdpwatch)"};

inline constexpr CommandBlock kOwnFirewallHere{Place::Prober, R"(# rules with reject or drop in output
sudo nft list ruleset
ip route get ADDRESS
ip rule)"};

inline constexpr CommandBlock kLimitsHere{Place::Prober, R"(# open descriptors, and how many there may be
sudo ls /proc/$(pidof rdpwatch)/fd | wc -l
grep 'open files' /proc/$(pidof rdpwatch)/limits
# local ports, and connections that use them
sysctl net.ipv4.ip_local_port_range
ss -s)"};

inline constexpr CommandBlock kOtherPlaceHere{
    Place::Prober, R"(# here and at the other place, at the same time: compare phase by phase
rdpwatch probe HOST:PORT
ip route get ADDRESS)"};

inline constexpr CommandBlock kGatewayHere{Place::Prober, R"(dig +short GATEWAY
nc -vz -w 5 GATEWAY 443
# name and dates of its certificate
openssl s_client -connect GATEWAY:443 -servername GATEWAY </dev/null | openssl x509 -noout -subject -dates -ext subjectAltName
# 401 is what a healthy gateway answers (inferred)
curl -sk -o /dev/null -w '%{http_code}\n' --max-time 5 -X RDG_OUT_DATA https://GATEWAY/remoteDesktopGateway/)"};

inline constexpr CommandBlock kUdpHere{Place::Prober,
                                       R"(# no answer and "open" look alike to this; "refused" is certain
nc -vzu -w 3 ADDRESS PORT)"};

inline constexpr CommandBlock kExplainHere{Place::Prober, R"(# what is known of a number that the detail shows
rdpwatch explain 0xNUMBER)"};

}  // namespace rdpwatch::rows
