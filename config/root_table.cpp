#include <array>

#include "config/files.h"
#include "config/tables.h"

namespace rdpwatch::config {
namespace {

using std::chrono::days;

/// What the credentials will hold. They are checked now so that a file written for later is told all of its
/// faults at once.
struct Credential {
  std::string username{};
  std::string domain{};
  std::string password_file{};
  std::size_t mechanism = 0;
};

Parsed<std::string> parse_any(std::string_view text) { return std::string{text}; }
Parsed<std::string> parse_optional_url(std::string_view text) {
  return text.empty() ? Parsed<std::string>{""} : parse_url(text);
}
Parsed<std::string> parse_name(std::string_view text) {
  if (const auto fault = text_fault(text, 128); !fault.empty()) return std::unexpected{"the name " + fault};
  return std::string{text};
}

Parsed<std::string> parse_control_target(std::string_view text) {
  const auto place = parse_host_port(text);
  return place ? Parsed<std::string>{std::string{text}} : std::unexpected{place.error()};
}

Key<Credential> password_file() {
  auto key = text<Credential>("password_file", &Credential::password_file, parse_any, "the name of a file",
                              "File, or systemd credential, that holds the password.");
  key.set = [](Reader& reader, const Node& node, Credential&) { read_secret_path(reader, node); };
  return key;
}

const Section<Credential>& credential_table() {
  static constexpr std::array<std::string_view, 3> kMechanisms{"negotiate", "ntlm", "kerberos"};
  static const Section<Credential> table{
      text<Credential>("username", &Credential::username, parse_name, "a user name",
                       "Account to log on with."),
      text<Credential>("domain", &Credential::domain, parse_name, "a domain name", "Domain of the account."),
      password_file(),
      choice<Credential>("mechanism", &Credential::mechanism, kMechanisms, "How to authenticate."),
  };
  return table;
}

Key<Draft> credentials() {
  auto key = unavailable<Draft>("credentials", Json::object(),
                                "Accounts for depths beyond nla. Not available in this release.");
  key.set = [refuse = key.set](Reader& reader, const Node& node, Draft& draft) {
    refuse(reader, node, draft);
    if (!node.is_map()) return;
    node.each_entry([&](const Node& name, const Node& value) {
      const Reader::Step step{reader, name.text};
      Credential ignored;
      credential_table().apply(reader, value, ignored);
    });
  };
  return key;
}

/// Only where it is: the loader reads it.
Key<Web> web_config_file() {
  Key<Web> key;
  key.name = "config_file";
  key.doc =
      "File with TLS, users and headers of the pages, in the format of Prometheus' exporter-toolkit; watched "
      "for "
      "change.";
  key.schema = {{"type", "string"}};
  key.set = [](Reader& reader, const Node& node, Web& web) {
    const auto name = read_text(reader, node, "the name of a file");
    if (name && !name->empty()) web.config_file = normal_path(reader.source(node.place).directory / *name);
  };
  key.get = [](const Web& web) { return Json(web.config_file.string()); };
  return key;
}

const Section<Web>& web_table() {
  static const Section<Web> table{
      web_config_file(),
      boolean<Web>("enable_reload", &Web::enable_reload, "Whether POST /-/reload works."),
      boolean<Web>("enable_probe_now", &Web::enable_probe_now,
                   "Whether the page of a target can start a probe."),
      boolean<Web>("enable_pause", &Web::enable_pause, "Whether targets can be paused by HTTP."),
  };
  return table;
}

const Section<ConnectionBudget>& budget_table() {
  static const Section<ConnectionBudget> table{
      integer<ConnectionBudget>("connections", &ConnectionBudget::connections, 1, 1000,
                                "Most TCP connections to one address:port in a window."),
      duration<ConnectionBudget>("window", &ConnectionBudget::window, {seconds{1}, days{1}, true},
                                 "Length of the window."),
  };
  return table;
}

Key<Draft> control_targets() {
  constexpr std::size_t kMost = 8;  // one is enough, and they are asked one after the other
  auto key = texts<Draft>(
      "control_targets", [](auto& draft) -> auto& { return draft.config.control_targets; },
      parse_control_target, "a host, or host:port",
      "TCP services that answer when our own place is sound, such as a gateway's web server. When none does, "
      "the place is disturbed.");
  key.set = [set = key.set](Reader& reader, const Node& node, Draft& draft) {
    set(reader, node, draft);
    if (node.is_list() && kMost < node.children.size())
      reader.error(node.place, "too many control targets", {"at most 8", {}});
  };
  return key;
}

const Section<Draft>& vantage_table() {
  static const Section<Draft> table{
      text<Draft>(
          "name", [](auto& draft) -> auto& { return draft.config.vantage; }, parse_name, "a name",
          "Where this instance sits."),
      control_targets(),
      duration<Draft>(
          "baseline", [](auto& draft) -> auto& { return draft.config.baseline; },
          {std::chrono::minutes{1}, days{90}, true},
          "How much of its own past a target is compared with. Judged from a third of it on."),
  };
  return table;
}

const Section<Incidents>& incident_table() {
  static const Section<Incidents> table{
      integer<Incidents>("min_targets", &Incidents::min_targets, 2, 100'000,
                         "Fewest targets of one incident."),
      Key<Incidents>{"min_share",
                     {{"type", "number"}, {"minimum", 0}, {"maximum", 1}},
                     [](Reader& reader, const Node& node, Incidents& incidents) {
                       if (const auto share = read_number(reader, node, 0, 1)) incidents.min_share = *share;
                     },
                     [](const Incidents& incidents) { return Json(incidents.min_share); },
                     "Smallest share of a group that makes an incident."},
  };
  return table;
}

/// A key that the loader reads by itself, from every file.
Key<Draft> list_key(std::string_view name, Json items, std::string_view doc) {
  return {name,
          {{"type", "array"}, {"items", std::move(items)}, {"default", Json::array()}},
          [](Reader&, const Node&, Draft&) {},
          {},
          doc};
}

Key<Draft> modules() {
  Key<Draft> key;
  key.name = "modules";
  key.doc = "Ways of probing by name. `default` is always there; the others inherit from it.";
  key.schema = {{"type", "object"}, {"additionalProperties", {{"$ref", "#/$defs/module"}}}};
  key.set = [](Reader& reader, const Node& node, Draft& draft) {
    if (node.is_map()) draft.modules = &node;
    else reader.wrong_type(node, "a mapping of names to modules");
  };
  return key;
}

Key<Draft> listen() {
  auto key = texts<Draft>(
      "listen", [](auto& draft) -> auto& { return draft.config.listen; }, parse_listen_address,
      "an address with a port, such as 127.0.0.1:19389",
      "Addresses that the pages and metrics are served on.");
  key.set = [set = key.set](Reader& reader, const Node& node, Draft& draft) {
    set(reader, node, draft);
    if (node.is_list() && node.children.empty())
      reader.error(node.place, "no address to listen on", {"at least one address", {}});
  };
  return key;
}

Key<Draft> maintenance() {
  auto key = list_key("maintenance", {{"$ref", "#/$defs/maintenance"}},
                      "Times in which targets are left alone: not probed by the schedule, and in no alert.");
  key.get = [](const Draft& draft) { return maintenance_json(draft.config.maintenance); };
  return key;
}

/// Empty stays empty: the loader fills in the first listen address.
Key<Draft> external_url() {
  auto key = text<Draft>(
      "external_url", [](auto& draft) -> auto& { return draft.config.external_url; }, parse_optional_url,
      "a URL such as http://rdpwatch.corp.example",
      "URL that links in alerts start with. Default: the first listen address.");
  return key;
}

Key<Draft> state_directory() {
  Key<Draft> key;
  key.name = "state_directory";
  key.doc =
      "Folder for what survives a restart. Default: $STATE_DIRECTORY, which systemd sets; without either, "
      "nothing is kept.";
  key.schema = {{"type", "string"}};
  key.set = [](Reader& reader, const Node& node, Draft& draft) {
    const auto name = read_text(reader, node, "a folder");
    if (!name) return;
    auto& folder = draft.config.state_directory;
    folder.clear();
    if (!name->empty()) folder = normal_path(reader.source(node.place).directory / *name);
  };
  key.get = [](const Draft& draft) { return Json(draft.config.state_directory.string()); };
  return key;
}

}  // namespace

std::filesystem::path read_secret_path(Reader& reader, const Node& node) {
  const auto name = read_text(reader, node, "the name of a file");
  if (!name) return {};
  const char* const systemd = std::getenv("CREDENTIALS_DIRECTORY");
  if (systemd && !name->empty()) {
    auto credential = std::filesystem::path{systemd} / *name;
    if (reader.files().read(credential)) return credential;
  }
  auto path = normal_path(reader.source(node.place).directory / *name);
  const auto text = reader.files().read(path);
  if (text) return path;
  reader.error(node.place, "secret \"" + std::string{*name} + "\": " + text.error(),
               {"a readable file, or a name in $CREDENTIALS_DIRECTORY", {}});
  return {};
}

bool is_joined_list(std::string_view key) {
  return key == "targets" || key == "maintenance" || key == "include" || key == "target_files" ||
         key == "target_urls";
}

const Section<Draft>& root_table() {
  static const Section<Draft> table{
      listen(),
      external_url(),
      section<Draft>(
          "web", [](auto& draft) -> auto& { return draft.config.web; }, web_table(), "The pages."),
      modules(),
      {"policy",
       {{"$ref", "#/$defs/policy"}},
       [](Reader& reader, const Node& node, Draft& draft) {
         policy_table().apply(reader, node, draft.base.policy);
       },
       {},
       "What counts as a finding; may also stand in a module or a target."},
      credentials(),
      {"resolver",
       {{"$ref", "#/$defs/resolver"}},
       [](Reader& reader, const Node& node, Draft& draft) {
         resolver_table().apply(reader, node, draft.base.resolver);
       },
       {},
       "How names are resolved; may also stand in a module."},
      section<Draft>(
          "vantage", [](auto& draft) -> auto& { return draft; }, vantage_table(),
          "Where this instance sits."),
      section<Draft>(
          "incidents", [](auto& draft) -> auto& { return draft.config.incidents; }, incident_table(),
          "When failing targets count as one incident."),
      alertmanagers_key(),
      alerts_key(),
      heartbeat_url_key(),
      heartbeat_interval_key(),
      section<Draft>(
          "connection_budget", [](auto& draft) -> auto& { return draft.config.connection_budget; },
          budget_table(),
          "Limit of TCP connections to one address:port, over everything that rdpwatch does."),
      integer<Draft>(
          "probes_in_flight", [](auto& draft) -> auto& { return draft.config.probes_in_flight; }, 1, 100'000,
          "Most probes at the same time; the others wait."),
      list_key("targets", {{"anyOf", {{{"type", "string"}}, {{"$ref", "#/$defs/target"}}}}},
               "What to watch: hosts, or mappings that say more."),
      maintenance(),
      list_key("include", {{"type", "string"}}, "Patterns of files with more of these keys."),
      list_key("target_files", {{"type", "string"}},
               "Patterns of target lists: entries as in targets, or Prometheus file_sd JSON or YAML. Watched "
               "for change."),
      list_key("target_urls", {{"type", "string"}}, "URLs of target lists (Prometheus http_sd)."),
      state_directory(),
  };
  return table;
}

}  // namespace rdpwatch::config
