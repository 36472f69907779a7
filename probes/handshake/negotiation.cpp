#include "probes/handshake/negotiation.h"

#include <bit>
#include <utility>

#include "probes/handshake/observe.h"
#include "probes/sanitize.h"
#include "probes/wire/banner.h"
#include "probes/wire/tpkt.h"

namespace rdpwatch::handshake {
namespace {

using wire::DecodeError;
using wire::NegFailureCode;

Cause cause_of(NegFailureCode code) {
  switch (code) {
    case NegFailureCode::SslRequiredByServer: return Cause::TlsRequired;
    case NegFailureCode::SslNotAllowedByServer: return Cause::TlsNotAllowed;
    case NegFailureCode::SslCertNotOnServer: return Cause::CertificateMissing;
    case NegFailureCode::InconsistentFlags: return Cause::InconsistentFlags;
    case NegFailureCode::HybridRequiredByServer: return Cause::NlaRequired;
    case NegFailureCode::SslWithUserAuthRequiredByServer: return Cause::ClientCertificateRequired;
  }
  return Cause::FailureCodeUnknown;
}

Observation refused(wire::NegFailure failure) {
  const auto code = std::to_underlying(failure.code);
  std::string detail = "server refused the negotiation with failure code " + std::to_string(code);
  if (const auto name = wire::name_of(failure.code); !name.empty())
    detail.append(" (").append(name).append(")");
  return observe(cause_of(failure.code), detail, code);
}

Observation other_product(const wire::Banner& banner) {
  const auto cause = banner.product == wire::Product::Tls ? Cause::TlsFirst : Cause::NotRdp;
  return observe(cause, wire::describe(banner));
}

bool is_tpkt(std::span<const std::uint8_t> bytes) {
  return !bytes.empty() && bytes.front() == wire::kTpktVersion;
}

/// A TPKT that is not an answer to a Connection Request.
Observation malformed(std::span<const std::uint8_t> bytes, DecodeError error) {
  constexpr std::size_t kCodeOffset = wire::kTpktHeaderBytes + 1;
  std::string what{wire::to_string(error)};
  if (error == DecodeError::TooLong) {
    what = "answer of " + std::to_string(wire::tpkt_length(bytes).value_or(0)) + " bytes announced";
  } else if (error == DecodeError::BadLength) {
    what = "lengths inside of the answer contradict each other";
  } else if (error == DecodeError::UnexpectedType && kCodeOffset < bytes.size()) {
    const auto code = bytes[kCodeOffset] & 0xF0;
    if (code == wire::kTpduConnectionRequest) {
      what = "a connection request came back, as from an echo service";
    } else if (code == wire::kTpduConnectionConfirm) {
      what = "negotiation data of an unknown type in the confirm";
    } else {
      what = "another TPDU in place of the confirm";
    }
  }
  return observe(Cause::Malformed, what + ", first bytes " + hex_excerpt(bytes, 24));
}

Observation refused_below(const wire::DisconnectTpdu& tpdu) {
  if (!tpdu.reason) return observe(Cause::DisconnectRequest, "X.224 disconnect request without a reason");
  return observe(Cause::DisconnectRequest,
                 "X.224 disconnect request with reason " + std::to_string(*tpdu.reason), *tpdu.reason);
}

Observation refused_below(const wire::ErrorTpdu& tpdu) {
  if (!tpdu.reject_cause) return observe(Cause::ErrorTpdu, "X.224 error without a reject cause");
  return observe(Cause::ErrorTpdu, "X.224 error with reject cause " + std::to_string(*tpdu.reject_cause),
                 *tpdu.reject_cause);
}

Observation mismatch(std::uint32_t selected) {
  std::string detail = "server selected protocol " + std::to_string(selected);
  if (const auto name = wire::name_of(wire::SecurityProtocol{selected}); !name.empty())
    detail.append(" (").append(name).append(")");
  return observe(Cause::ProtocolMismatch, detail + ", which was not offered", selected);
}

}  // namespace

Negotiation::Action Negotiation::step(std::span<const std::uint8_t> received) {
  if (!std::exchange(request_sent_, true))
    return Send{wire::encode(wire::ConnectionRequest{offer_.cookie, wire::NegRequest{0, offer_.protocols}})};
  if (wire::kMaxPhaseBytes - inbox_.size() < received.size())
    return Result<Output>{
        std::unexpected{observe(Cause::Malformed, "more than 64 KiB in place of an answer")}};
  inbox_.insert(inbox_.end(), received.begin(), received.end());
  if (inbox_.empty()) return Receive{};

  if (!is_tpkt(inbox_)) {
    const auto banner = wire::recognise_banner(inbox_, false);
    if (!banner) return Receive{};
    return Result<Output>{std::unexpected{other_product(*banner)}};
  }
  const auto head = wire::decode_tpdu_head(inbox_);
  if (!head && head.error() == DecodeError::Truncated) return Receive{};
  if (!head) return Result<Output>{std::unexpected{malformed(inbox_, head.error())}};
  if (inbox_.size() < head->length) return Receive{};
  const auto tpdu = wire::decode_server_tpdu(std::span{inbox_}.first(head->length));
  if (!tpdu) return Result<Output>{std::unexpected{malformed(inbox_, tpdu.error())}};
  if (const auto* confirm = std::get_if<wire::ConnectionConfirm>(&*tpdu)) return finish(*confirm);
  if (const auto* disconnect = std::get_if<wire::DisconnectTpdu>(&*tpdu))
    return Result<Output>{std::unexpected{refused_below(*disconnect)}};
  return Result<Output>{std::unexpected{refused_below(std::get<wire::ErrorTpdu>(*tpdu))}};
}

Result<NegotiationOutcome> Negotiation::finish(const wire::ConnectionConfirm& confirm) const {
  NegotiationOutcome outcome;
  if (confirm.negotiation) {
    if (const auto* failure = std::get_if<wire::NegFailure>(&*confirm.negotiation))
      return std::unexpected{refused(*failure)};
    const auto& response = std::get<wire::NegResponse>(*confirm.negotiation);
    const auto selected = response.selected_protocol;
    const bool offered =
        selected == 0 || (std::has_single_bit(selected) && (selected & offer_.protocols) != 0);
    if (!offered) return std::unexpected{mismatch(selected)};
    outcome = {.negotiation_data = true, .selected_protocol = selected, .flags = response.flags};
  }
  const auto length = wire::tpkt_length(inbox_).value_or(inbox_.size());
  if (length < inbox_.size()) {
    const auto extra = std::span{inbox_}.subspan(length);
    return std::unexpected{observe(
        Cause::Malformed, std::to_string(extra.size()) + " bytes behind the confirm, " + hex_excerpt(extra))};
  }
  return outcome;
}

Observation Negotiation::interrupted(Cause end) const {
  if (inbox_.empty()) return observe(end, std::string{describe_end(end)} + " after the connection request");
  if (!is_tpkt(inbox_)) return other_product(wire::recognise_banner(inbox_, true).value());
  return observe(end, describe_partial(end, inbox_.size(), wire::tpkt_length(inbox_).value_or(0)) +
                          " of the connection confirm");
}

}  // namespace rdpwatch::handshake
