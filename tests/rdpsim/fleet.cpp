#include "tests/rdpsim/fleet.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>

#include "tests/rdpsim/behaviour_yaml.h"
#include "tests/rdpsim/yaml_fields.h"

namespace rdpwatch::rdpsim {
namespace {

constexpr std::uint16_t kRdpPort = 3389;
constexpr std::uint32_t kMostHosts = 1'000'000;

struct Loader {
  YAML::Node templates{};
  std::uint16_t port = kRdpPort;
  double time_scale = 1.0;
  Fleet fleet{};
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return 'A' <= c && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

Address address_of(const YAML::Node& node, const std::string& text) {
  const auto address = parse_loopback(text);
  if (!address) complain(node, "expected an address in 127.0.0.0/8, not '" + text + "'");
  return *address;
}

/// The behaviour keys of a host or overlay, laid on its templates, laid on `under`.
YAML::Node behaviour_of(const Loader& loader, const YAML::Node& node, YAML::Node under) {
  const auto apply = [&](const YAML::Node& name) {
    const YAML::Node& templates = loader.templates;
    const YAML::Node found =
        templates.IsMap() ? templates[parse_text(name)] : YAML::Node{YAML::NodeType::Undefined};
    if (!found) complain(name, "no template '" + parse_text(name) + "'");
    under.reset(merge(under, found));  // assignment would change the caller's node
  };
  if (const YAML::Node use = node["use"]; use && use.IsSequence())
    for (const auto& name : use) apply(name);
  else if (use) apply(use);
  YAML::Node own{YAML::NodeType::Map};
  for (const auto& entry : node)
    if (is_behaviour_key(entry.first.Scalar())) own.force_insert(entry.first, entry.second);
  return merge(under, own);
}

milliseconds scaled(const Loader& loader, const YAML::Node& node) {
  const auto value = static_cast<double>(parse_duration(node).count());
  return milliseconds{static_cast<std::int64_t>(value / loader.time_scale)};
}

Overlay parse_overlay(const Loader& loader, const YAML::Node& node, const YAML::Node& base) {
  Fields fields{node};
  Overlay overlay;
  if (const auto from = fields["from"]) overlay.from = scaled(loader, from);
  if (const auto until = fields["until"]) overlay.until = scaled(loader, until);
  fields.number("from_connection", overlay.from_connection, 1U << 30);
  fields.number("every", overlay.every, 1U << 30);
  if (overlay.every == 0) complain(node, "every: at least 1");
  if (const auto share = fields["share"]) overlay.share = share.as<double>(1.0);
  static_cast<void>(fields["use"]);
  for (const auto& entry : node)
    if (is_behaviour_key(entry.first.Scalar())) static_cast<void>(fields[entry.first.Scalar()]);
  fields.finish();
  overlay.behaviour = std::make_shared<Behaviour>(parse_behaviour(behaviour_of(loader, node, base)));
  return overlay;
}

std::shared_ptr<const Script> parse_script(const Loader& loader, Fields& fields, const YAML::Node& node) {
  static_cast<void>(fields["use"]);
  for (const auto& entry : node)
    if (is_behaviour_key(entry.first.Scalar())) static_cast<void>(fields[entry.first.Scalar()]);
  auto script = std::make_shared<Script>();
  const YAML::Node base = behaviour_of(loader, node, YAML::Node{YAML::NodeType::Map});
  script->base = std::make_shared<Behaviour>(parse_behaviour(base));
  if (const auto overlays = fields["overlays"])
    for (const auto& entry : overlays) script->overlays.push_back(parse_overlay(loader, entry, base));
  return script;
}

/// "{n}" in a name becomes the number within the range, as wide as the last one.
std::string numbered(std::string name, std::uint32_t number, std::uint32_t count) {
  const auto at = name.find("{n}");
  if (at == std::string::npos) return name;
  std::string digits = std::to_string(number);
  digits.insert(0, std::to_string(count).size() - digits.size(), '0');
  return name.replace(at, 3, digits);
}

/// First address and number of addresses of a host entry.
std::pair<Address, std::uint32_t> parse_range(Fields& fields, const YAML::Node& node) {
  if (const auto range = fields["addresses"]) {
    const std::string text = parse_text(range);
    const auto dash = text.find('-');
    if (dash == std::string::npos) complain(range, "expected FIRST-LAST");
    const Address first = address_of(range, text.substr(0, dash));
    const Address last = address_of(range, text.substr(dash + 1));
    if (last < first || kMostHosts <= last - first) complain(range, "a range of 1 to a million addresses");
    return {first, last - first + 1};
  }
  const auto address = fields["address"];
  if (!address) complain(node, "a host needs 'address' or 'addresses'");
  std::uint32_t count = 1;
  fields.number("count", count, kMostHosts);
  const Address first = address_of(address, parse_text(address));
  if (count == 0 || (first + count - 1) >> 24 != 127) complain(address, "the range leaves 127.0.0.0/8");
  return {first, count};
}

void parse_host(Loader& loader, const YAML::Node& node) {
  Fields fields{node};
  const auto [first, count] = parse_range(fields, node);
  std::string name;
  fields.read("name", name, parse_text);
  std::uint16_t port = loader.port;
  fields.number("port", port, 0xFFFF);
  const auto script = parse_script(loader, fields, node);
  fields.finish();
  Fleet& fleet = loader.fleet;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Address address = first + i;
    if (!fleet.by_endpoint.emplace(Fleet::key(address, port), fleet.hosts.size()).second)
      complain(node, to_string(address) + ":" + std::to_string(port) + " stands twice");
    const std::string own_name = numbered(name, i + 1, count);
    fleet.hosts.push_back({address, port, own_name, script});
    if (!own_name.empty()) {
      auto& addresses = fleet.dns.records[lower(own_name)].a;
      if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
    }
  }
}

const std::map<std::string, DnsFault> kDnsFaults{
    {"nxdomain", DnsFault::NxDomain},   {"nodata", DnsFault::NoData},   {"servfail", DnsFault::ServFail},
    {"refused", DnsFault::Refused},     {"mute", DnsFault::Mute},       {"malformed", DnsFault::Malformed},
    {"truncated", DnsFault::Truncated}, {"cname_loop", DnsFault::Loop},
};

void parse_record(Loader& loader, const YAML::Node& node, seconds default_ttl) {
  Fields fields{node};
  DnsRecord record;
  record.ttl = default_ttl;
  const auto name = fields["name"];
  if (!name) complain(node, "a record needs 'name'");
  if (const auto a = fields["a"])
    for (const auto& address : a) {
      in_addr parsed{};  // any address: records may point to sinkholes and strangers, nothing connects here
      if (inet_pton(AF_INET, parse_text(address).c_str(), &parsed) != 1) complain(address, "not an address");
      record.a.push_back(ntohl(parsed.s_addr));
    }
  if (const auto aaaa = fields["aaaa"])
    for (const auto& address : aaaa) {
      std::array<std::uint8_t, 16> parsed{};
      if (inet_pton(AF_INET6, parse_text(address).c_str(), parsed.data()) != 1)
        complain(address, "not an IPv6 address");
      record.aaaa.push_back(parsed);
    }
  fields.read("cname", record.cname, parse_text);
  fields.read("delay", record.delay, parse_duration);
  if (const auto ttl = fields["ttl"]) record.ttl = std::chrono::duration_cast<seconds>(parse_duration(ttl));
  if (const auto fault = fields["fault"]) {
    const auto found = kDnsFaults.find(parse_text(fault));
    if (found == kDnsFaults.end()) complain(fault, "no such fault '" + parse_text(fault) + "'");
    record.fault = found->second;
  }
  fields.finish();
  loader.fleet.dns.records[lower(parse_text(name))] = record;
}

void parse_dns(Loader& loader, const YAML::Node& node) {
  Fields fields{node};
  DnsZone& zone = loader.fleet.dns;
  const auto listen = fields["listen"];
  if (!listen) complain(node, "dns needs 'listen'");
  const std::string text = parse_text(listen);
  const auto colon = text.find(':');
  zone.address = address_of(listen, text.substr(0, colon));
  if (colon != std::string::npos)
    zone.port = static_cast<std::uint16_t>(parse_number(YAML::Node{text.substr(colon + 1)}, 0xFFFF));
  seconds ttl{1};
  if (const auto value = fields["ttl"]) ttl = std::chrono::duration_cast<seconds>(parse_duration(value));
  for (auto& [name, record] : zone.records) record.ttl = ttl;
  if (const auto records = fields["records"])
    for (const auto& record : records) parse_record(loader, record, ttl);
  fields.finish();
}

}  // namespace

std::string to_string(Address address) {
  std::string out;
  for (int shift = 24; 0 <= shift; shift -= 8)
    out += (out.empty() ? "" : ".") + std::to_string(address >> shift & 0xFF);
  return out;
}

std::optional<Address> parse_loopback(const std::string& text) {
  in_addr parsed{};
  if (inet_pton(AF_INET, text.c_str(), &parsed) != 1) return std::nullopt;
  const Address address = ntohl(parsed.s_addr);
  if (address >> 24 != 127) return std::nullopt;
  return address;
}

const Host* Fleet::find(Address address, std::uint16_t port) const {
  const auto found = by_endpoint.find(key(address, port));
  return found == by_endpoint.end() ? nullptr : &hosts[found->second];
}

Fleet parse_fleet(const std::string& text, std::optional<std::uint16_t> port_override, double time_scale) {
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::ParserException& error) {
    throw FleetError{std::to_string(error.mark.line + 1) + ":" + std::to_string(error.mark.column + 1) +
                     ": " + error.msg};
  }
  Loader loader;
  loader.time_scale = time_scale;
  Fields fields{root};
  fields.number("port", loader.port, 0xFFFF);
  loader.port = port_override.value_or(loader.port);
  if (const auto templates = fields["templates"]) loader.templates.reset(templates);
  const auto hosts = fields["hosts"];
  if (!hosts || !hosts.IsSequence()) complain(root, "a fleet needs a list 'hosts'");
  for (const auto& host : hosts) parse_host(loader, host);
  if (const auto dns = fields["dns"]) parse_dns(loader, dns);
  fields.finish();
  return std::move(loader.fleet);
}

Fleet load_fleet(const std::filesystem::path& file, std::optional<std::uint16_t> port_override,
                 double time_scale) {
  std::ifstream in{file};
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || std::filesystem::is_directory(file)) throw FleetError{file.string() + ": cannot read"};
  try {
    return parse_fleet(text.str(), port_override, time_scale);
  } catch (const FleetError& error) {
    throw FleetError{file.string() + ":" + error.what()};
  }
}

}  // namespace rdpwatch::rdpsim
