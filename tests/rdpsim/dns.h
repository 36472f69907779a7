#pragma once

#include "tests/rdpsim/fleet.h"

namespace rdpwatch::rdpsim {

/// What to send for a question, and when. Nothing: no answer at all.
struct DnsAnswer {
  Bytes message{};
  milliseconds delay{0};
};

/// Answers one DNS message (RFC 1035 section 4) from the zone; nothing for a mute name or for bytes that are
/// not a question.
std::optional<DnsAnswer> answer_dns(const DnsZone& zone, const Bytes& question);

}  // namespace rdpwatch::rdpsim
