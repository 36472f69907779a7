#include "probes/wire/ntlm.h"

#include <algorithm>
#include <limits>

#include "probes/sanitize.h"
#include "probes/wire/byte_reader.h"
#include "probes/wire/byte_writer.h"

namespace rdpwatch::wire {
namespace {

/// Signature, type, two fields, flags, two 8-byte blobs: what every CHALLENGE has, VERSION and payload apart.
constexpr std::size_t kChallengeFixedBytes = 48;

/// The len, maxlen, offset triple of [MS-NLMP] 2.2.1; maxlen is to be ignored.
struct Field {
  std::uint16_t length;
  std::uint32_t offset;
};

Field read_field(ByteReader& in) {
  const auto length = in.u16_le();
  in.skip(2);
  return {length, in.u32_le()};
}

/// The bytes of a field; nothing if it reaches outside of the message. An empty field may point anywhere.
std::optional<std::span<const std::uint8_t>> payload(std::span<const std::uint8_t> message, Field field) {
  if (field.length == 0) return std::span<const std::uint8_t>{};
  if (message.size() < field.offset || message.size() - field.offset < field.length) return std::nullopt;
  return message.subspan(field.offset, field.length);
}

std::string text(std::span<const std::uint8_t> bytes, std::uint32_t flags) {
  if ((flags & kNtlmFlagUnicode) != 0) return sanitize_utf16le(bytes);
  return sanitize({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

NtlmVersion read_version(ByteReader& in) {
  NtlmVersion version;
  version.major = in.u8();
  version.minor = in.u8();
  version.build = in.u16_le();
  in.skip(3);
  version.revision = in.u8();
  return version;
}

/// AV_PAIRs are always Unicode, [MS-NLMP] 2.2.2.1. A list that just ends without MsvAvEOL is accepted.
bool read_av_pairs(std::span<const std::uint8_t> bytes, NtlmChallenge& out) {
  ByteReader in{bytes};
  while (!in.rest().empty()) {
    const auto id = in.u16_le();
    const auto value = in.bytes(in.u16_le());
    if (in.truncated()) return false;
    switch (id) {
      case kAvEol: return true;
      case kAvNbComputerName: out.computer = sanitize_utf16le(value); break;
      case kAvNbDomainName: out.domain = sanitize_utf16le(value); break;
      case kAvDnsComputerName: out.dns_computer = sanitize_utf16le(value); break;
      case kAvDnsDomainName: out.dns_domain = sanitize_utf16le(value); break;
      case kAvDnsTreeName: out.dns_forest = sanitize_utf16le(value); break;
      case kAvTimestamp:
        if (value.size() != sizeof(std::uint64_t)) return false;
        if (const auto time = ByteReader{value}.u64_le(); time != 0) out.timestamp = time;
        break;
      default:  // an open set
        break;
    }
  }
  return true;
}

}  // namespace

std::string to_string(const NtlmVersion& version) {
  return std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' +
         std::to_string(version.build);
}

std::vector<std::uint8_t> encode(const NtlmNegotiate& message) {
  ByteWriter out;
  out.bytes(kNtlmSignature).u32_le(kNtlmNegotiate).u32_le(message.flags);
  out.zeros(16);  // DomainName and Workstation: no length, no offset
  out.u8(message.version.major).u8(message.version.minor).u16_le(message.version.build);
  out.zeros(3).u8(message.version.revision);
  return std::move(out).take();
}

bool is_ntlm(std::span<const std::uint8_t> bytes) {
  return kNtlmSignature.size() <= bytes.size() &&
         std::ranges::equal(bytes.first(kNtlmSignature.size()), kNtlmSignature);
}

std::expected<NtlmChallenge, DecodeError> decode_ntlm_challenge(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kChallengeFixedBytes) return std::unexpected{DecodeError::Truncated};
  if (!is_ntlm(bytes)) return std::unexpected{DecodeError::UnexpectedType};
  ByteReader in{bytes};
  in.skip(kNtlmSignature.size());
  if (in.u32_le() != kNtlmChallenge) return std::unexpected{DecodeError::UnexpectedType};
  NtlmChallenge challenge;
  const auto target_name = payload(bytes, read_field(in));
  challenge.flags = in.u32_le();
  in.skip(16);  // ServerChallenge, reserved
  const auto target_info = payload(bytes, read_field(in));
  if (!target_name || !target_info) return std::unexpected{DecodeError::BadLength};

  challenge.target_name = text(*target_name, challenge.flags);
  if ((challenge.flags & kNtlmFlagVersion) != 0) {
    const auto version = read_version(in);
    if (in.truncated()) return std::unexpected{DecodeError::BadLength};
    if (version.major != 0) challenge.version = version;
  }
  if (!read_av_pairs(*target_info, challenge)) return std::unexpected{DecodeError::BadLength};
  return challenge;
}

std::chrono::nanoseconds clock_difference(std::uint64_t filetime,
                                          std::chrono::system_clock::time_point ours) {
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
  constexpr Ticks kUnixEpoch{116'444'736'000'000'000};  // 1970-01-01 since 1601-01-01
  constexpr Ticks kLimit = std::chrono::duration_cast<Ticks>(std::chrono::years{100});
  const auto since_1601 = std::min(filetime, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
  const Ticks theirs = Ticks{static_cast<std::int64_t>(since_1601)} - kUnixEpoch;
  const auto mine = std::chrono::floor<Ticks>(ours.time_since_epoch());
  // Neither difference can overflow: 64 bits of 100 ns are 29,000 years either way, `ours` spans 584 of them.
  return std::clamp(theirs - mine, -kLimit, kLimit);
}

}  // namespace rdpwatch::wire
