#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "probes/handshake/action.h"
#include "probes/wire/constants.h"
#include "probes/wire/x224.h"

namespace rdpwatch::handshake {

/// What a current client offers: TLS, CredSSP, CredSSP with early user authorization.
inline constexpr std::uint32_t kOfferAll = static_cast<std::uint32_t>(wire::SecurityProtocol::Ssl) |
                                           static_cast<std::uint32_t>(wire::SecurityProtocol::Hybrid) |
                                           static_cast<std::uint32_t>(wire::SecurityProtocol::HybridEx);
/// What shows whether the host insists on NLA: it then answers with Cause::NlaRequired.
inline constexpr std::uint32_t kOfferTlsOnly = static_cast<std::uint32_t>(wire::SecurityProtocol::Ssl);

struct NegotiationOffer {
  std::uint32_t protocols = kOfferAll;
  std::string cookie = "rdpwatch";  ///< the name behind mstshash=
};

/// An answer that lets the climb go on. Open sets are kept raw.
struct NegotiationOutcome {
  /// False: a confirm without RDP_NEG_RSP, which means PROTOCOL_RDP from a server that knows no negotiation.
  bool negotiation_data = false;
  /// PROTOCOL_RDP (0, always permitted) or one bit of what was offered.
  std::uint32_t selected_protocol = 0;
  std::uint8_t flags = 0;  ///< RDP_NEG_RSP.flags
};

/// X.224 Connection Request and its answer, [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.
class Negotiation {
 public:
  using Output = NegotiationOutcome;
  using Action = handshake::Action<Output>;

  explicit Negotiation(NegotiationOffer offer = {}) : offer_{std::move(offer)} {}

  Action step(std::span<const std::uint8_t> received);
  Observation interrupted(Cause end) const;

 private:
  Result<Output> finish(const wire::ConnectionConfirm& confirm) const;

  NegotiationOffer offer_;
  bool request_sent_ = false;
  std::vector<std::uint8_t> inbox_;  // INVARIANT: at most wire::kMaxPhaseBytes
};

}  // namespace rdpwatch::handshake
