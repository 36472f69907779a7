#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rdpwatch::wire {

/// Products that answer on a port where RDP was expected.
enum class Product : std::uint8_t {
  Ssh,
  Http,
  Tls,
  Rfb,
  Smtp,
  Ftp,
  MailOrFtp,  ///< a three-digit greeting whose text names neither
  Mysql,
  Telnet,
  Unknown,
};

std::string_view to_string(Product product);

struct Banner {
  Product product = Product::Unknown;
  std::string excerpt{};  ///< first line or first bytes, sanitised
};

/// Says whose greeting `bytes` are. Nothing: they may still become one, more bytes are needed; with `at_end`
/// there will be no more, and the answer is always a value. Bytes of a TPKT are not looked at: test that
/// first.
std::optional<Banner> recognise_banner(std::span<const std::uint8_t> bytes, bool at_end);

/// "SSH: SSH-2.0-OpenSSH_9.2", "unknown protocol, first bytes 00 01 ..."
std::string describe(const Banner& banner);

}  // namespace rdpwatch::wire
