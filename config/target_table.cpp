#include <algorithm>

#include "config/host_range.h"
#include "config/tables.h"

namespace rdpwatch::config {
namespace {

constexpr std::string_view kHostExpected = "a host name or address, with a port if it is not 3389";
constexpr std::size_t kMaxTextBytes = 256;

Parsed<std::string> parse_short_text(std::string_view text) {
  if (const auto fault = text_fault(text, kMaxTextBytes); !fault.empty())
    return std::unexpected{"\"" + std::string{text.substr(0, kMaxTextBytes)} + "\" " + fault};
  return std::string{text};
}

Parsed<std::string> parse_expected_address(std::string_view text) {
  if (const auto slash = text.find('/');
      slash != std::string_view::npos && canonical_address(text.substr(0, slash)))
    return std::unexpected{"\"" + std::string{text} + "\" is a network: list each address"};
  const auto address = canonical_address(text);
  if (!address) return std::unexpected{"\"" + std::string{text} + "\" is not an address"};
  return *address;
}

Parsed<std::string> parse_build(std::string_view text) {
  const bool numbers =
      !text.empty() && std::ranges::all_of(text, [](char c) { return ('0' <= c && c <= '9') || c == '.'; });
  if (!numbers || std::ranges::count(text, '.') != 2 || text.starts_with('.') || text.ends_with('.') ||
      text.find("..") != std::string_view::npos)
    return std::unexpected{"\"" + std::string{text} + "\" is not a build number"};
  return std::string{text};
}

void add_host(Reader& reader, const Node& node, std::string_view text, TargetDraft& target) {
  if (auto host = take(reader, node, parse_host_port(text), kHostExpected))
    target.hosts.push_back(std::move(*host));
}

void set_host(Reader& reader, const Node& node, TargetDraft& target) {
  target.host_node = &node;
  const auto text = read_text(reader, node, kHostExpected);
  if (!text) return;
  if (has_range(*text))
    return reader.error(node.place, "\"" + node.text + "\" is a range",
                        {"a single host, or the key hosts", "hosts"});
  add_host(reader, node, *text, target);
}

void add_range(Reader& reader, const Node& node, TargetDraft& target) {
  constexpr std::string_view kExpected = "a range of hosts such as rds[01-40].corp.example";
  const auto text = read_text(reader, node, kExpected);
  if (!text) return;
  const auto hosts = take(reader, node, expand_hosts(*text), kExpected);
  const auto problems = reader.problem_count();
  for (std::size_t i = 0; hosts && i < hosts->size() && problems == reader.problem_count(); ++i)
    add_host(reader, node, (*hosts)[i], target);
}

void set_range(Reader& reader, const Node& node, TargetDraft& target) {
  target.range_node = &node;
  if (!node.is_list()) return add_range(reader, node, target);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Reader::Step step{reader, i};
    add_range(reader, *node.children[i], target);
  }
}

Key<TargetDraft> id_key() {
  return {"id",
          {{"type", "string"}},
          [](Reader& reader, const Node& node, TargetDraft& target) {
            const auto text = read_text(reader, node, "a text");
            if (!text) return;
            target.id_node = &node;
            if (auto id = take(reader, node, parse_id(*text), kIdText)) target.id = std::move(*id);
          },
          {},
          "Unique name of the target in metrics, pages and commands. Default: host:port."};
}

Key<TargetDraft> port_key() {
  return {"port",
          {{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}, {"default", 3389}},
          [](Reader& reader, const Node& node, TargetDraft& target) {
            if (const auto port = read_integer(reader, node, 1, 65535))
              target.port = static_cast<std::uint16_t>(*port);
          },
          {},
          "TCP port."};
}

Key<TargetDraft> labels_key() {
  return {
      "labels",
      {{"type", "object"},
       {"propertyNames",
        {{"pattern", "^(?!__|(job|instance|target|label_(host|port|module))$)[a-zA-Z_][a-zA-Z0-9_]*$"}}},
       {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}},
      [](Reader& reader, const Node& node, TargetDraft& target) { read_labels(reader, node, target.labels); },
      {},
      "Labels of rdpwatch_target_info and of /sd."};
}

}  // namespace

void read_labels(Reader& reader, const Node& node, std::vector<std::pair<std::string, std::string>>& labels) {
  if (!node.is_map()) return reader.wrong_type(node, "a mapping of label names to values");
  node.each_entry([&](const Node& name, const Node& value) {
    const Reader::Step step{reader, name.text};
    if (auto fault = label_name_fault(name.text); !fault.empty())
      return reader.error(
          name.place, std::move(fault),
          {"letters, digits and _; none of job, instance, target, label_host, label_port, label_module, __*",
           {}});
    const auto text = read_text(reader, value, "a text");
    if (!text) return;
    const auto fault = text_fault(*text, kMaxTextBytes);
    if (!fault.empty())
      return reader.error(value.place, "label value " + fault, {"a text of 1 to 256 bytes", {}});
    labels.emplace_back(name.text, *text);
  });
  std::ranges::sort(labels);
}

const Section<Expectation>& expectation_table() {
  static const Section<Expectation> table{
      texts<Expectation>("addresses", &Expectation::addresses, parse_expected_address,
                         "an IPv4 or IPv6 address", "Addresses that the name may lead to."),
      text<Expectation>("computer_name", &Expectation::computer_name, parse_short_text, "a NetBIOS name",
                        "NetBIOS name that the host gives."),
      text<Expectation>("dns_name", &Expectation::dns_name, parse_short_text, "a DNS name",
                        "DNS name that the host gives."),
      text<Expectation>("domain", &Expectation::domain, parse_short_text, "a domain name",
                        "Domain that the host says it belongs to."),
      text<Expectation>("os_build", &Expectation::os_build, parse_build, "a build such as 10.0.20348",
                        "Oldest build of Windows that the host may run."),
      text<Expectation>("certificate_sha256", &Expectation::certificate_sha256, parse_sha256, "64 hex digits",
                        "Fingerprint of the certificate."),
      text<Expectation>("spki_sha256", &Expectation::spki_sha256, parse_sha256, "64 hex digits",
                        "Pin of the certificate's public key."),
  };
  return table;
}

const Section<TargetDraft>& target_table() {
  static const Section<TargetDraft> table{
      {"host", {{"type", "string"}}, set_host, {}, "Name or address, with :port if it is not 3389."},
      {"hosts",
       {{"type", {"string", "array"}}, {"items", {{"type", "string"}}}},
       set_range,
       {},
       "Instead of host: a range such as rds[01-40].corp.example, or a list of them."},
      id_key(),
      port_key(),
      {"module",
       {{"type", "string"}, {"default", "default"}},
       [](Reader&, const Node& node, TargetDraft& target) { target.module_node = &node; },
       {},
       "Name of the module to probe with."},
      labels_key(),
      section<TargetDraft>("expect", &TargetDraft::expect, expectation_table(), "What the host should be.",
                           "expect"),
  };
  return table;
}

}  // namespace rdpwatch::config
