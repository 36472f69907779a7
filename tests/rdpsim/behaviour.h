#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What a simulated host does, phase by phase. Immutable after loading and shared by all hosts of a range.
namespace rdpwatch::rdpsim {

using Bytes = std::vector<std::uint8_t>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What follows an answer.
enum class Then : std::uint8_t {
  Continue,     ///< the next phase
  Close,        ///< FIN
  CloseNotify,  ///< TLS close_notify, then FIN
  Reset,        ///< RST
  Silence,      ///< nothing more, the connection stays open
};

/// How a phase answers: the regular bytes, or these.
struct Answer {
  std::optional<Bytes> send{};       ///< instead of the regular answer
  std::optional<std::size_t> cut{};  ///< only that many bytes of it
  std::size_t repeat = 0;            ///< the bytes over and over, up to this many in all
  milliseconds pace{0};              ///< one byte at a time, with this much between
  milliseconds delay{0};             ///< before the first byte
  Then then = Then::Continue;
};

enum class Listen : std::uint8_t {
  Accept,
  Refused,  ///< no listener on the address
  Drop,     ///< SYN unanswered
};

struct ConnectBehaviour {
  Listen listen = Listen::Accept;
  Answer answer{};  ///< on accept, before any byte of the client: banners, reset, close, silence
};

/// Which security a host has, and so what it selects or refuses.
enum class Security : std::uint8_t {
  Nla,  ///< NLA required: others get failure 5
  Any,  ///< the strongest that the client offers
  Tls,  ///< TLS only: without it failure 1
  Rdp,  ///< standard RDP security only
};

struct NegotiateBehaviour {
  Security security = Security::Nla;
  bool early_authorization = true;         ///< HYBRID_EX when offered
  std::optional<std::uint32_t> select{};   ///< this selectedProtocol, whatever was asked
  std::optional<std::uint32_t> failure{};  ///< this failureCode, whatever was asked
  bool bare = false;                       ///< a confirm without negotiation data
  std::uint8_t flags = 0x1F;               ///< of RDP_NEG_RSP
  Answer answer{};
};

enum class KeyKind : std::uint8_t { P256, P384, Rsa1024, Rsa2048, Rsa4096 };
enum class Issuer : std::uint8_t { Self, Authority };
enum class Usage : std::uint8_t { Server, Client, None };

/// Certificates are made on first use and kept by this description: equal descriptions share one.
struct CertificateSpec {
  KeyKind key = KeyKind::P256;
  std::string signature = "sha256";
  std::string common_name{};         ///< default: the host's name or address
  std::vector<std::string> names{};  ///< DNS names and addresses; default: the host's name and address
  seconds not_before = -std::chrono::days{10};
  seconds not_after = std::chrono::days{173};
  Issuer issuer = Issuer::Self;
  Usage usage = Usage::Server;
  unsigned generation = 0;  ///< another number, another key and serial

  bool operator==(const CertificateSpec&) const = default;
};

struct TlsBehaviour {
  int min_version = 0;  ///< TLS1_VERSION...; 0: TLS 1.2
  int max_version = 0;  ///< 0: TLS 1.3
  std::string ciphers{};
  bool legacy_renegotiation = false;    ///< a server that does not know RFC 5746; TLS 1.2 at most
  std::optional<std::uint8_t> alert{};  ///< a fatal alert in answer to the ClientHello
  std::optional<unsigned> records{};    ///< only that many records of the first flight
  CertificateSpec certificate{};
  Answer answer{};
};

enum class Wrap : std::uint8_t { Auto, Raw, Spnego };

struct NlaBehaviour {
  unsigned version = 6;
  Wrap wrap = Wrap::Auto;
  bool kerberos_only = false;             ///< SPNEGO answer that selects Kerberos, no token
  std::optional<std::uint32_t> error{};   ///< errorCode instead of a token
  bool alert = false;                     ///< a fatal TLS alert: 20, bad_record_mac
  bool error_in_five_bytes = false;       ///< 00 C0 ... instead of a negative INTEGER
  std::optional<std::string> computer{};  ///< these four: default from the host's name
  std::optional<std::string> domain{};
  std::optional<std::string> dns_name{};
  std::optional<std::string> dns_domain{};
  std::optional<std::string> forest{};
  std::uint8_t major = 10;
  std::uint8_t minor = 0;
  std::uint16_t build = 20348;
  milliseconds skew{0};
  bool timestamp = true;
  std::size_t split = 0;  ///< bytes in one TLS record; 0: all in one
  Answer answer{};
};

struct Behaviour {
  milliseconds latency{0};  ///< before the answer of each phase
  milliseconds jitter{0};   ///< up to this much more, evenly spread
  ConnectBehaviour connect{};
  NegotiateBehaviour negotiate{};
  TlsBehaviour tls{};
  NlaBehaviour nla{};
};

/// A behaviour that holds under conditions; all given ones must hold.
struct Overlay {
  milliseconds from{0};  ///< since the start, after time scaling
  std::optional<milliseconds> until{};
  std::uint64_t from_connection = 1;  ///< counted per host from 1
  std::uint64_t every = 1;            ///< every n-th connection
  double share = 1.0;                 ///< of the connections, drawn from a hash of address and number
  std::shared_ptr<const Behaviour> behaviour{};
};

/// A host's base behaviour and what replaces it, the last that holds wins.
struct Script {
  std::shared_ptr<const Behaviour> base{};
  std::vector<Overlay> overlays{};

  /// The behaviour of connection number `connection` (from 1) at `elapsed`; `seed` is the host's.
  const std::shared_ptr<const Behaviour>& select(milliseconds elapsed, std::uint64_t connection,
                                                 std::uint64_t seed) const;
  /// Whether the address listens at `elapsed`; conditions on connections do not count here.
  Listen listen(milliseconds elapsed) const;
};

/// Mixes two numbers into an evenly spread one (SplitMix64).
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

}  // namespace rdpwatch::rdpsim
