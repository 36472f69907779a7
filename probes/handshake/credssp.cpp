#include "probes/handshake/credssp.h"

#include <algorithm>
#include <utility>

#include "probes/handshake/observe.h"
#include "probes/sanitize.h"
#include "probes/wire/ntstatus.h"
#include "probes/wire/spnego.h"
#include "probes/wire/tsrequest.h"

namespace rdpwatch::handshake {
namespace {

using wire::DecodeError;
using wire::Mechanism;

std::unexpected<Observation> malformed(std::string_view what, std::span<const std::uint8_t> bytes) {
  return std::unexpected{
      observe(Cause::Malformed, std::string{what} + ", first bytes " + hex_excerpt(bytes, 24))};
}

std::unexpected<Observation> not_a_tsrequest(DecodeError error, std::span<const std::uint8_t> bytes) {
  if (error == DecodeError::TooLong) return malformed("TSRequest of more than 64 KiB announced", bytes);
  if (error == DecodeError::BadLength) return malformed("TSRequest is not DER", bytes);
  if (bytes.front() == wire::kTpktVersion) return malformed("a TPKT in place of a TSRequest", bytes);
  return malformed("not a TSRequest", bytes);
}

std::unexpected<Observation> rejected(std::uint32_t status) {
  auto cause = Cause::Rejected;
  if (status == wire::kStatusNotSupported) cause = Cause::NotSupported;
  if (status == wire::kStatusNtlmBlocked) cause = Cause::NtlmBlocked;
  return std::unexpected{
      observe(cause, "server answered errorCode " + wire::describe_status(status), status)};
}

std::unexpected<Observation> ntlm_blocked(std::string_view why) {
  return std::unexpected{observe(Cause::NtlmBlocked, why)};
}

/// The NTLM message inside of a GSS-API token, or why there is none.
std::expected<std::vector<std::uint8_t>, Observation> unwrap(std::span<const std::uint8_t> token) {
  const auto decoded = wire::decode_gss_token(token);
  if (!decoded) return malformed("SPNEGO token does not decode", token);
  if (const auto* bare = std::get_if<wire::BareMechanism>(&*decoded))
    return ntlm_blocked("server answered with a token of " + std::string{to_string(bare->mechanism)});
  if (const auto* init = std::get_if<wire::SpnegoInit>(&*decoded)) {
    if (std::ranges::find(init->mechanisms, Mechanism::Ntlm) != init->mechanisms.end())
      return malformed("SPNEGO offer in place of an answer", token);
    return ntlm_blocked("server offers no NTLM in its SPNEGO token");
  }
  const auto& answer = std::get<wire::SpnegoResponse>(*decoded);
  if (answer.state == wire::NegState::Reject)
    return ntlm_blocked("server rejected NTLM in its SPNEGO answer");
  if (answer.mechanism && *answer.mechanism != Mechanism::Ntlm)
    return ntlm_blocked("server selected " + std::string{to_string(*answer.mechanism)} + " in place of NTLM");
  if (answer.token.empty()) return malformed("SPNEGO answer without a token", token);
  return answer.token;
}

Result<CredsspChallenge> read_answer(const wire::TsRequest& request) {
  if (request.error_code.value_or(0) != 0) return rejected(*request.error_code);
  if (request.nego_tokens.empty() || request.nego_tokens.front().empty())
    return std::unexpected{observe(Cause::Malformed, "TSRequest without a token and without an error code")};
  CredsspChallenge result{.server_version = request.version};
  auto token = request.nego_tokens.front();
  if (wire::looks_like_gss(token)) {
    auto inner = unwrap(token);
    if (!inner) return std::unexpected{std::move(inner.error())};
    token = std::move(*inner);
    result.spnego = true;
  }
  auto challenge = wire::decode_ntlm_challenge(token);
  if (!challenge) return malformed("token is not an NTLM challenge", token);
  result.challenge = std::move(*challenge);
  return result;
}

}  // namespace

Credssp::Action Credssp::step(std::span<const std::uint8_t> received) {
  if (!std::exchange(request_sent_, true))
    return Send{wire::encode(wire::TsRequest{.version = wire::kCredsspVersion,
                                             .nego_tokens = {wire::encode(wire::NtlmNegotiate{})}})};
  if (wire::kMaxPhaseBytes - inbox_.size() < received.size())
    return Result<Output>{
        std::unexpected{observe(Cause::Malformed, "more than 64 KiB in place of an answer")}};
  inbox_.insert(inbox_.end(), received.begin(), received.end());
  const auto length = wire::tsrequest_length(inbox_);
  if (!length && length.error() == DecodeError::Truncated) return Receive{};
  if (!length) return Result<Output>{not_a_tsrequest(length.error(), inbox_)};
  if (inbox_.size() < *length) return Receive{};
  // What follows the answer is not ours to judge: this leg ends here.
  const auto request = wire::decode_tsrequest(std::span{inbox_}.first(*length));
  if (!request) return Result<Output>{not_a_tsrequest(request.error(), inbox_)};
  return read_answer(*request);
}

Observation Credssp::interrupted(Cause end) const {
  if (inbox_.empty()) return observe(end, std::string{describe_end(end)} + " after the first TSRequest");
  return observe(end, describe_partial(end, inbox_.size(), wire::tsrequest_length(inbox_).value_or(0)) +
                          " of the answer to the first TSRequest");
}

}  // namespace rdpwatch::handshake
