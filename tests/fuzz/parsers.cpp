#include <algorithm>

#include "probes/wire/banner.h"
#include "probes/wire/ntlm.h"
#include "probes/wire/spnego.h"
#include "probes/wire/tpkt.h"
#include "probes/wire/tsrequest.h"
#include "probes/wire/windows_release.h"
#include "probes/wire/x224.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/invariant.h"

namespace rdpwatch::fuzz {
namespace {

/// Arbitrary text in our own request must leave as one well-formed PDU.
void request_is_well_formed(Input cookie) {
  const std::string name{cookie.begin(), cookie.end()};
  const auto request = wire::encode(wire::ConnectionRequest{name, wire::NegRequest{0, 0x0B}});
  invariant(wire::tpkt_length(request) == request.size(), "TPKT length is the size");
  invariant(std::size_t{request[4]} + 5 == request.size(), "length indicator is the rest");
  const auto ends = std::ranges::count(request, '\r') + std::ranges::count(request, '\n');
  invariant(ends == 0 || ends == 2, "the cookie is one line");
}

}  // namespace

void x224(Input input) {
  request_is_well_formed(input);
  const auto head = wire::decode_tpdu_head(input);
  const auto tpdu = wire::decode_server_tpdu(input);
  if (!head) invariant(!tpdu && tpdu.error() == head.error(), "a bad head spoils the TPDU");
  if (head) invariant(7 <= head->length && head->length <= wire::kMaxConfirmBytes, "the length is in bounds");
  if (tpdu) invariant(head->length == input.size(), "a TPDU uses up its bytes");
  // What asks for more must be able to become something: no length of its own contradicts it yet.
  if (head && !tpdu && tpdu.error() == wire::DecodeError::Truncated)
    invariant(input.size() < head->length, "only what is short asks for more");
}

void banner(Input input) {
  const auto at_end = wire::recognise_banner(input, true);
  invariant(at_end.has_value(), "the end always has an answer");
  clean(at_end->excerpt);
  const auto before = wire::recognise_banner(input, false);
  if (before) invariant(before->product == at_end->product, "the end changes no decision");
  const auto early = wire::recognise_banner(input.first(input.size() / 2), false);
  if (early) invariant(before && early->product == before->product, "more bytes change no decision");
}

void tsrequest(Input input) {
  const auto length = wire::tsrequest_length(input);
  const auto request = wire::decode_tsrequest(input);
  if (length) invariant(2 <= *length && *length <= wire::kMaxPhaseBytes, "the length is in bounds");
  if (!request) return;
  invariant(length == input.size(), "a request uses up its bytes");
  const auto again = wire::decode_tsrequest(wire::encode(*request));
  invariant(again && *again == *request, "what was read can be written and read");
}

void spnego(Input input) {
  const auto token = wire::decode_gss_token(input);
  if (!token) return;
  invariant(wire::looks_like_gss(input), "what decodes looks like it");
  if (const auto* answer = std::get_if<wire::SpnegoResponse>(&*token))
    invariant(answer->token.size() < input.size(), "a token is smaller than its wrapper");
}

void ntlm(Input input) {
  const auto challenge = wire::decode_ntlm_challenge(input);
  if (!challenge) return;
  invariant(wire::is_ntlm(input), "what decodes has the signature");
  for (const auto* text : {&challenge->target_name, &challenge->computer, &challenge->domain,
                           &challenge->dns_computer, &challenge->dns_domain, &challenge->dns_forest})
    clean(*text);
  if (challenge->version) {
    clean(to_string(*challenge->version));
    clean(wire::windows_release(*challenge->version));
  }
  if (!challenge->timestamp) return;
  constexpr std::chrono::nanoseconds kCentury = std::chrono::years{100};
  const auto skew = wire::clock_difference(*challenge->timestamp, {});
  invariant(-kCentury <= skew && skew <= kCentury, "the skew is bounded");
}

}  // namespace rdpwatch::fuzz
