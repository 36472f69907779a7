#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "probes/handshake/action.h"
#include "probes/wire/ntlm.h"

namespace rdpwatch::handshake {

/// What the first answer tells about the host.
struct CredsspChallenge {
  std::uint32_t server_version = 0;  ///< below wire::kCredsspPatchedVersion: without the fix of CVE-2018-0886
  wire::NtlmChallenge challenge{};
  bool spnego = false;  ///< the challenge came in a SPNEGO token, not raw
};

/// The first leg of CredSSP, [MS-CSSP] 3.1.5: one TSRequest with a raw NTLM NEGOTIATE, one answer. No
/// credential is involved and none is attempted; the climb ends politely after it.
class Credssp {
 public:
  using Output = CredsspChallenge;
  using Action = handshake::Action<Output>;

  Action step(std::span<const std::uint8_t> received);
  Observation interrupted(Cause end) const;

 private:
  bool request_sent_ = false;
  std::vector<std::uint8_t> inbox_;  // INVARIANT: at most wire::kMaxPhaseBytes
};

}  // namespace rdpwatch::handshake
