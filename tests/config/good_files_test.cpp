#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "config/load.h"
#include "tests/support/scratch_folder.h"

using namespace rdpwatch;
using namespace rdpwatch::config;
using namespace std::chrono_literals;

namespace {

const std::string kGood = std::string{RDPWATCH_SOURCE_DIR} + "/tests/config/good/";

LoadResult load_full() {
  return load(kGood + "full.yaml",
              {.fetch = [](const std::string&) -> std::expected<std::string, std::string> {
                return R"([{"targets": ["web1:3389"], "labels": {"site": "lon"}}])";
              }});
}

LoadResult load_text(const std::string& text, const LoadOptions& options = {}) {
  const test::ScratchFolder folder;
  folder.write("rdpwatch.yaml", text);
  return load(folder.path("rdpwatch.yaml"), options);
}

}  // namespace

TEST_CASE("modules: built-in values, policy, default, module, target, key by key") {
  const auto config = load_full().config;
  REQUIRE(config);
  const auto& base = *config->modules.at("default");
  CHECK(base.interval == 120s);
  CHECK(base.timeout == 10s);
  CHECK(base.phase_timeouts[0] == 3s);
  CHECK_FALSE(base.phase_timeouts[1].has_value());
  CHECK(base.policy.nla == NlaPolicy::Required);
  CHECK(base.policy.certificate_expiry == Thresholds{720h, 72h});
  CHECK(base.policy.severity.at("cert_untrusted") == PolicySeverity::Info);
  CHECK(base.resolver.servers == std::vector<std::string>{"10.0.0.53", "[fd00::53]:5353"});
  const auto& night = *config->modules.at("night");
  CHECK(night.interval == 1h);
  CHECK(night.retries == 0);
  CHECK_FALSE(night.path_trace);
  CHECK(night.policy.min_tls == TlsVersion::Tls10);
  CHECK(night.policy.nla == NlaPolicy::Required);
  const auto* target = config->find("rds01.corp.example:3389");
  REQUIRE(target);
  CHECK(target->module->policy.nla == NlaPolicy::Optional);
  CHECK(target->module->policy.certificate_expiry.warning == 720h);
  CHECK(target->module->timeout == 4s);
  CHECK(target->module->name == "default");
}

TEST_CASE("modules: equal ones are shared by their targets") {
  const auto config = load_full().config;
  REQUIRE(config);
  const auto module = [&](const char* id) { return config->find(id)->module; };
  CHECK(module("rds01.corp.example:3389") == module("rds02.corp.example:3389"));
  CHECK(module("rds03.corp.example:3390") == config->modules.at("night"));
}

TEST_CASE("targets: what stands in lists, files, and at URLs") {
  const auto result = load_full();
  REQUIRE(result.config);
  const auto& config = *result.config;
  std::set<std::string> ids;
  for (const auto& target : config.targets) ids.insert(target->id);
  CHECK(ids == std::set<std::string>{"a.corp.example:3389", "b.corp.example:3389", "ours1.corp.example:3389",
                                     "ours2:3389", "ours3:3389", "rds01.corp.example:3389",
                                     "rds02.corp.example:3389", "rds03.corp.example:3390",
                                     "rds04.corp.example:3390", "same-endpoint", "sd1:3389", "sd2:3389",
                                     "sd3:3389", "six", "web1:3389"});
  using Labels = std::vector<std::pair<std::string, std::string>>;
  CHECK(config.find("rds01.corp.example:3389")->labels == Labels{{"floor", "3"}, {"site", "ams"}});
  CHECK(config.find("sd2:3389")->labels == Labels{{"site", "fra"}});
  CHECK(config.find("sd2:3389")->module->name == "night");
  CHECK(config.find("b.corp.example:3389")->module->failing_interval == 30s);
  const auto* six = config.find("six");
  CHECK(six->host == "fd00::0:1");
  CHECK(six->endpoint() == "[fd00::0:1]:3389");
  CHECK(six->expect->addresses == std::vector<std::string>{"fd00::1"});
  CHECK(six->expect->certificate_sha256.starts_with("ababab"));
  CHECK(config.vantage == "ams");
  CHECK(config.external_url == "http://rdpwatch.corp.example");
  CHECK(config.sha256.size() == 64);
  REQUIRE(result.diagnostics.size() == 1);  // the label job of the target group
  CHECK(result.diagnostics[0].level == Diagnostic::Level::Warning);
  CHECK(result.diagnostics[0].text.find("\"job\"") != std::string::npos);
  const std::set<std::filesystem::path> watched{config.watched.begin(), config.watched.end()};
  CHECK(watched == std::set<std::filesystem::path>{kGood + "targets.d", kGood + "targets.d/ours.yaml",
                                                   kGood + "targets.d/sd.json"});
}

TEST_CASE("alertmanagers: links that lead to the machine of whoever reads an alert are warned of") {
  const std::string text = "targets: [a]\nalertmanagers: [http://am:9093]\n";
  const auto result = load_text(text);
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].text ==
        "links in alerts lead to whatever listens on 127.0.0.1:19389 where they are read");
  CHECK(result.diagnostics[0].line == 2);
  CHECK(load_text("targets: [a]\n").diagnostics.empty());
  CHECK(load_text(text + "external_url: http://rdpwatch.corp.example\n").diagnostics.empty());
  CHECK(load_text(text + "listen: [\"10.1.2.3:19389\"]\n").diagnostics.empty());
  const auto elsewhere = load_text(text, {.listen = {"10.1.2.3:19389", "127.0.0.1:19389"}});
  CHECK(elsewhere.diagnostics.empty());
  CHECK(elsewhere.config->external_url == "http://10.1.2.3:19389");
}

TEST_CASE("target_urls: a bad answer is a warning and stops nothing") {
  const std::string text = "targets: [a]\ntarget_urls: [\"http://u:secret@inventory/x\"]\n";
  struct Answer {
    const char* body;
    std::size_t warnings;
  };
  const char* const set_twice = R"([{"targets": ["b"], "targets": ["c"]}, "d"])";
  for (const auto& [body, warnings] :
       {Answer{"", 1}, {"{", 2}, {"[{\"targets\": [\"a b\"]}]", 1}, {"\xff", 2}, {set_twice, 2}}) {
    CAPTURE(body);
    const auto result = load_text(
        text, {.fetch = [body = body](const std::string&) -> std::expected<std::string, std::string> {
          if (*body == '\0') return std::unexpected{"connection refused"};
          return body;
        }});
    REQUIRE(result.config);
    CHECK(result.config->targets.size() == 1);
    CHECK(result.diagnostics.size() == warnings);
    CHECK(to_text(result.diagnostics).find("secret") == std::string::npos);
  }
  CHECK(load_text(text).config->target_urls == std::vector<std::string>{"http://u:secret@inventory/x"});
}

TEST_CASE("effective configuration: it reads back as the same, without secrets") {
  for (const auto& first :
       {load_full(), load(std::string{RDPWATCH_SOURCE_DIR} + "/config/rdpwatch.example.yaml")}) {
    REQUIRE(first.config);
    const auto text = to_yaml(*first.config);
    CHECK(text.find(":pw@") == std::string::npos);
    const auto second = load_text(text);
    CHECK(to_text(second.diagnostics) == "");
    REQUIRE(second.config);
    CHECK(second.config->listen == first.config->listen);
    CHECK(second.config->external_url == first.config->external_url);
    CHECK(second.config->vantage == first.config->vantage);
    CHECK(second.config->incidents == first.config->incidents);
    CHECK(second.config->alertmanagers == first.config->alertmanagers);
    CHECK(second.config->alerts == first.config->alerts);
    CHECK(second.config->heartbeat_interval == first.config->heartbeat_interval);
    REQUIRE(second.config->targets.size() == first.config->targets.size());
    for (std::size_t i = 0; i < first.config->targets.size(); ++i)
      CHECK(*second.config->targets[i] == *first.config->targets[i]);
    REQUIRE(second.config->modules.size() == first.config->modules.size());
    for (const auto& [name, module] : first.config->modules)
      CHECK(*second.config->modules.at(name) == *module);
  }
}

TEST_CASE("empty lists: valid, with a word about it") {
  const auto result = load_text("targets: []\n");
  REQUIRE(result.config);
  CHECK(result.config->targets.empty());
  REQUIRE(result.diagnostics.size() == 1);
  CHECK(result.diagnostics[0].text == "no targets: nothing will be watched");
}

TEST_CASE("keys of a later release: their empty values are accepted") {
  const auto result = load_text("targets: [a]\ncredentials: {}\n");
  REQUIRE(result.config);
  CHECK(result.diagnostics.empty());
}

TEST_CASE("vantage: its name, and how much of their past targets are compared with") {
  CHECK(load_text("targets: [a]\n").config->baseline == std::chrono::days{1});
  const auto config = load_text("targets: [a]\nvantage: {name: x, baseline: 7d}\n").config;
  REQUIRE(config);
  CHECK(config->vantage == "x");
  CHECK(config->baseline == std::chrono::days{7});
}

TEST_CASE("vantage: control targets, none by default") {
  using Hosts = std::vector<std::string>;
  CHECK(load_full().config->control_targets == Hosts{"gw.corp.example:443", "[2001:db8::1]:80"});
  CHECK(load_text("targets: [a]\n").config->control_targets.empty());
}

TEST_CASE("incidents: the thresholds, with their defaults") {
  CHECK(load_full().config->incidents == Incidents{.min_targets = 5, .min_share = 0.25});
  CHECK(load_text("targets: [a]\n").config->incidents == Incidents{.min_targets = 3, .min_share = 0.5});
}

TEST_CASE("alertmanagers: URLs and mappings, files by the folder of their file, secrets by systemd first") {
  const auto config = load_full().config;
  REQUIRE(config);
  REQUIRE(config->alertmanagers.size() == 2);
  CHECK(config->alertmanagers[0] == Alertmanager{.url = "http://am1.corp.example:9093"});
  const auto& second = config->alertmanagers[1];
  CHECK(second.url == "https://am2.corp.example/alerts");
  CHECK(second.password_file == kGood + "secrets/am2.password");
  CHECK(second.timeout == 5s);
  CHECK(config->alerts.hold.at("RdpHostDown") == 60s);
  CHECK(config->alerts.resend_interval == 30s);
  CHECK(config->alerts.resolved_for == 15min);
  CHECK(config->heartbeat_interval == 5min);

  const test::ScratchFolder folder;
  folder.write("am.token", "x");
  ::setenv("CREDENTIALS_DIRECTORY", folder.path("").c_str(), 1);
  const auto by_systemd = load_text("alertmanagers: [{url: http://am, bearer_token_file: am.token}]\n");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  REQUIRE(by_systemd.config);
  CHECK(by_systemd.config->alertmanagers[0].bearer_token_file == folder.path("am.token"));
}

TEST_CASE("heartbeat_url: what is shown of it is where it goes, not what it says") {
  const auto config = load_full().config;
  REQUIRE(config);
  CHECK(config->heartbeat_url == "https://hc.example/ping/5a6b7c/");
  const auto text = to_yaml(*config);
  CHECK(text.find("heartbeat_url: \"https://hc.example/***\"") != std::string::npos);
  CHECK(text.find("5a6b7c") == std::string::npos);
}

TEST_CASE("anchors: a modest number is fine") {
  const auto result =
      load_text("targets:\n  - {host: a, labels: &l {site: ams}}\n  - {host: b, labels: *l}\n");
  REQUIRE(result.config);
  CHECK(result.config->find("b:3389")->labels.size() == 1);
}

TEST_CASE("sha256: it follows the content of every file") {
  const test::ScratchFolder folder;
  const auto main = folder.path("rdpwatch.yaml");
  folder.write("rdpwatch.yaml", "target_files: [list.yaml]\n");
  folder.write("list.yaml", "- a\n");
  const auto first = load(main).config->sha256;
  CHECK(load(main).config->sha256 == first);
  folder.write("list.yaml", "- b\n");
  CHECK(load(main).config->sha256 != first);
}

TEST_CASE("messages: JSON has every member, and long lists of errors end") {
  std::string text = "targets:\n";
  for (int i = 0; i < 5000; ++i) text += "  - {host: h" + std::to_string(i) + ", prot: 1}\n";
  const auto result = load_text(text);
  CHECK_FALSE(result.config);
  CHECK(result.diagnostics.size() == 2001);
  CHECK(result.diagnostics.back().text == "3000 more messages are not shown");
  const auto json = to_json(std::span{result.diagnostics}.first(1));
  for (const char* member :
       {"\"file\"", "\"line\": 2", "\"column\": 16", "\"level\": \"error\"", "\"path\": \"targets[0]\"",
        "\"source_line\"", "\"expected\"", "\"suggestion\": \"port\""})
    CHECK(json.find(member) != std::string::npos);
}

TEST_CASE("long lists: 100,000 targets load") {
  std::string text = "targets:\n";
  for (int i = 0; i < 100'000; ++i) text += "  - rds" + std::to_string(i) + ".corp.example\n";
  const auto result = load_text(text);
  REQUIRE(result.config);
  CHECK(result.config->targets.size() == 100'000);
}

TEST_CASE("command line: hosts with the default module") {
  const auto result =
      from_arguments({"rds01", "10.1.2.3:3390", "[fd00::1]:3391", "rds[02-03].corp", "rds01"});
  REQUIRE(result.config);
  CHECK(result.config->targets.size() == 5);
  CHECK(result.config->find("[fd00::1]:3391")->host == "fd00::1");
  CHECK(result.config->find("rds01:3389")->module == result.config->modules.at("default"));
  const auto bad = from_arguments({"rds01:0", "a b"});
  CHECK_FALSE(bad.config);
  CHECK(to_text(bad.diagnostics).find("command line: error: port 0 is out of range\n") != std::string::npos);
}
