#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <asio/ip/address.hpp>
#include <asio/ip/udp.hpp>

namespace rdpwatch::net {

/// How this machine resolves names: resolv.conf, nsswitch.conf and the environment (LOCALDOMAIN, RES_OPTIONS)
/// as c-ares reads them, and the hosts file. Reads a file again when it has changed.
class SystemResolver {
 public:
  using Clock = std::chrono::steady_clock;

  SystemResolver(std::filesystem::path resolv_conf, std::filesystem::path hosts,
                 std::chrono::milliseconds reread);

  /// Looks at the files, at most once in `reread`. True when something may resolve differently now.
  bool refresh(Clock::time_point now);

  /// 127.0.0.1:53 when resolv.conf names none.
  const std::vector<asio::ip::udp::endpoint>& servers() const { return servers_; }
  const std::vector<std::string>& domains() const { return domains_; }
  int ndots() const { return ndots_; }

  /// All addresses that the hosts file has for a name, in its order; empty when there are none or the system
  /// does not use it.
  const std::vector<asio::ip::address>& hosts(std::string_view name) const;

 private:
  /// What tells one version of a file from another.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::filesystem::path& file);
  void read_resolv_conf();
  void read_hosts();

  std::filesystem::path resolv_conf_;
  std::filesystem::path hosts_file_;
  std::chrono::milliseconds reread_;
  std::optional<Clock::time_point> looked_{};
  Stamp resolv_conf_stamp_{};
  Stamp hosts_stamp_{};
  std::vector<asio::ip::udp::endpoint> servers_{};
  std::vector<std::string> domains_{};
  int ndots_ = 1;
  bool use_hosts_ = true;
  std::unordered_map<std::string, std::vector<asio::ip::address>> hosts_{};
};

}  // namespace rdpwatch::net
