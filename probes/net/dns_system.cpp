#include "probes/net/dns_system.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include <ares.h>
#include <sys/stat.h>

#include "probes/net/dns_name.h"

namespace rdpwatch::net {

namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kMaxHostsLine = 4096;

asio::ip::address address_of(const ares_addr_port_node& node) {
  if (node.family == AF_INET) {
    asio::ip::address_v4::bytes_type bytes;
    std::memcpy(bytes.data(), &node.addr.addr4, bytes.size());
    return asio::ip::address_v4{bytes};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &node.addr.addr6, bytes.size());
  return asio::ip::address_v6{bytes};
}

std::vector<asio::ip::udp::endpoint> servers_of(ares_channel channel) {
  std::vector<asio::ip::udp::endpoint> servers;
  ares_addr_port_node* first = nullptr;
  if (ares_get_servers_ports(channel, &first) != ARES_SUCCESS) return servers;
  for (const auto* node = first; node != nullptr; node = node->next)
    servers.emplace_back(address_of(*node),
                         node->udp_port == 0 ? kDnsPort : static_cast<std::uint16_t>(node->udp_port));
  ares_free_data(first);
  return servers;
}

}  // namespace

SystemResolver::SystemResolver(std::filesystem::path resolv_conf, std::filesystem::path hosts,
                               std::chrono::milliseconds reread)
    : resolv_conf_{std::move(resolv_conf)}, hosts_file_{std::move(hosts)}, reread_{reread} {
  ares_library_init(ARES_LIB_INIT_ALL);
}

bool SystemResolver::refresh(Clock::time_point now) {
  if (looked_ && now - *looked_ < reread_) return false;
  const bool first = !looked_;
  looked_ = now;
  const auto resolv_conf = stamp_of(resolv_conf_), hosts = stamp_of(hosts_file_);
  const bool resolv_conf_changed = first || resolv_conf != resolv_conf_stamp_;
  const bool hosts_changed = first || hosts != hosts_stamp_;
  if (resolv_conf_changed) read_resolv_conf();
  if (hosts_changed) read_hosts();
  resolv_conf_stamp_ = resolv_conf;
  hosts_stamp_ = hosts;
  return resolv_conf_changed || hosts_changed;
}

SystemResolver::Stamp SystemResolver::stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

void SystemResolver::read_resolv_conf() {
  servers_.clear();
  domains_.clear();
  ndots_ = 1;
  use_hosts_ = true;
  ares_options wanted{};
  auto path = resolv_conf_.string();
  wanted.resolvconf_path = path.data();
  ares_channel channel = nullptr;
  if (ares_init_options(&channel, &wanted, ARES_OPT_RESOLVCONF) == ARES_SUCCESS) {
    servers_ = servers_of(channel);
    ares_options found{};
    int mask = 0;
    if (ares_save_options(channel, &found, &mask) == ARES_SUCCESS) {
      ndots_ = std::max(found.ndots, 0);
      for (int i = 0; i < found.ndomains; ++i) domains_.emplace_back(found.domains[i]);
      use_hosts_ = found.lookups == nullptr || std::strchr(found.lookups, 'f') != nullptr;
    }
    ares_destroy_options(&found);
    ares_destroy(channel);
  }
  if (servers_.empty()) servers_.emplace_back(asio::ip::address_v4::loopback(), kDnsPort);
}

void SystemResolver::read_hosts() {
  hosts_.clear();
  std::ifstream file{hosts_file_};
  for (std::string line; std::getline(file, line);) {
    line.resize(std::min({line.find('#'), line.size(), kMaxHostsLine}));
    std::istringstream words{line};
    std::string word;
    if (!(words >> word)) continue;
    asio::error_code error;
    const auto address = asio::ip::make_address(word, error);
    if (error) continue;
    while (words >> word) {
      auto& known = hosts_[lower(word)];
      if (std::ranges::find(known, address) == known.end()) known.push_back(address);
    }
  }
}

const std::vector<asio::ip::address>& SystemResolver::hosts(std::string_view name) const {
  static const std::vector<asio::ip::address> kNone;
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto found = use_hosts_ ? hosts_.find(lower(name)) : hosts_.end();
  return found == hosts_.end() ? kNone : found->second;
}

}  // namespace rdpwatch::net
