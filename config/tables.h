#pragma once

#include "config/config.h"
#include "config/describe.h"

/// The tables themselves: every key of rdpwatch.yaml, once.
namespace rdpwatch::config {

/// What the top level fills. Parts that refer to each other are resolved after all keys were read.
struct Draft {
  Config config{};
  Module base{};  ///< `default` before its own keys: built-in values, then `policy` and `resolver`
  const Node* modules = nullptr;
};

/// A window and where it stands.
struct MaintenanceAt {
  Maintenance window{};
  Place place{};
};

/// What one entry of a target list says, before ranges are expanded and the module is known.
struct TargetDraft {
  std::string id{};
  const Node* id_node = nullptr;
  std::vector<HostPort> hosts{};
  const Node* host_node = nullptr;   ///< `host`
  const Node* range_node = nullptr;  ///< `hosts`
  const Node* module_node = nullptr;
  std::optional<std::uint16_t> port{};
  std::vector<std::pair<std::string, std::string>> labels{};
  Expectation expect{};
};

const Section<Policy>& policy_table();
const Section<Resolver>& resolver_table();
const Section<Expectation>& expectation_table();
const Section<Module>& module_table();
const Section<TargetDraft>& target_table();
const Section<Alertmanager>& alertmanager_table();
const Section<Draft>& root_table();

/// Keys of the top level about what leaves the daemon by itself.
Key<Draft> alertmanagers_key();
Key<Draft> alerts_key();
Key<Draft> heartbeat_url_key();
Key<Draft> heartbeat_interval_key();

/// Adds the windows of a list `maintenance`.
void read_maintenance(Reader& reader, const Node& list, std::vector<MaintenanceAt>& windows);
Json maintenance_json(const std::vector<Maintenance>& windows);  ///< as written
Json maintenance_schema();                                       ///< of one window

/// A mapping of label names to values; sorted by name.
void read_labels(Reader& reader, const Node& node, std::vector<std::pair<std::string, std::string>>& labels);

/// Rules between the keys of a module, for what `node` sets. `node` may be the target's.
void check_module(Reader& reader, const Node& node, const Module& module);

/// Where the secret is that `node` names: the systemd credential of that name, or else the file. Reports when
/// neither can be read; empty then.
std::filesystem::path read_secret_path(Reader& reader, const Node& node);

/// Keys whose lists of several files are put behind each other.
bool is_joined_list(std::string_view key);

}  // namespace rdpwatch::config
