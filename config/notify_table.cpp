#include <algorithm>

#include "config/files.h"
#include "config/tables.h"

/// What leaves the daemon by itself: alerts to Alertmanagers, and the heartbeat.
namespace rdpwatch::config {
namespace {

constexpr std::string_view kUrl = "a URL such as http://alertmanager.corp.example:9093";
constexpr std::size_t kMostAlertmanagers = 16;
const Json kUrlSchema{{"type", "string"}, {"pattern", "^https?://"}};

/// A URL without user and password: those stand in files.
Parsed<std::string> parse_open_url(std::string_view text) {
  auto url = parse_url(text);
  if (!url) return url;
  const auto authority = url->substr(url->find("://") + 3);
  if (authority.substr(0, authority.find_first_of("/?#")).find('@') != std::string::npos)
    return std::unexpected{"secrets do not stand in the configuration: user or password in a URL"};
  return url;
}

/// One that paths are put behind.
Parsed<std::string> parse_base_url(std::string_view text) {
  auto url = parse_open_url(text);
  if (url && url->find_first_of("?#") != std::string::npos)
    return std::unexpected{"a query or a fragment in the URL of an Alertmanager"};
  return url;
}

/// As written: a slash at its end may mean something to whoever listens.
Parsed<std::string> parse_heartbeat_url(std::string_view text) {
  if (text.empty()) return std::string{};
  const auto url = parse_open_url(text);
  return url ? Parsed<std::string>{std::string{text}} : url;
}

using FileFault = std::string (*)(std::string_view content);
std::string any_content(std::string_view) { return {}; }

/// A file that is there and holds what `fault` finds nothing wrong with; stored as an absolute path.
Key<Alertmanager> file(std::string_view name, std::filesystem::path Alertmanager::*member, FileFault fault,
                       std::string_view doc) {
  const auto set = [member, fault](Reader& reader, const Node& node, Alertmanager& alertmanager) {
    const auto text = read_text(reader, node, "the name of a PEM file");
    if (!text || text->empty()) return;
    const auto path = normal_path(reader.source(node.place).directory / *text);
    const auto content = reader.files().read(path);
    if (const auto why = content ? fault(*content) : content.error(); !why.empty())
      return reader.error(node.place, "file \"" + std::string{*text} + "\": " + why,
                          {"a readable PEM file", {}});
    alertmanager.*member = path;
  };
  return {name,
          {{"type", "string"}},
          set,
          [member](const Alertmanager& each) { return Json((each.*member).string()); },
          doc};
}

Key<Alertmanager> secret(std::string_view name, std::filesystem::path Alertmanager::*member,
                         std::string_view doc) {
  return {name,
          {{"type", "string"}},
          [member](Reader& reader, const Node& node, Alertmanager& alertmanager) {
            alertmanager.*member = read_secret_path(reader, node);
          },
          [member](const Alertmanager& each) { return Json((each.*member).string()); },
          doc};
}

Key<Alertmanager> url(std::string_view name, std::string Alertmanager::*member,
                      Parsed<std::string> (*parse)(std::string_view), std::string_view doc) {
  auto key = text<Alertmanager>(name, member, parse, kUrl, doc);
  key.schema = kUrlSchema;
  return key;
}

Parsed<std::string> parse_username(std::string_view text) {
  if (const auto fault = text_fault(text, 128); !fault.empty()) return std::unexpected{"the name " + fault};
  if (text.find(':') != std::string_view::npos) return std::unexpected{"the name has a colon"};
  return std::string{text};
}

/// Rules between the keys of one Alertmanager.
void check_alertmanager(Reader& reader, const Node& node, const Alertmanager& alertmanager) {
  const auto missing = [&](std::string_view key, std::string_view other) {
    reader.error(node.place, std::string{key} + " without " + std::string{other},
                 {"the key " + std::string{other}, {}});
  };
  if (alertmanager.url.empty()) missing("Alertmanager", "url");
  if (!alertmanager.key_file.empty() && alertmanager.cert_file.empty()) missing("key_file", "cert_file");
  if (!alertmanager.username.empty() && alertmanager.password_file.empty())
    missing("username", "password_file");
  if (!alertmanager.password_file.empty() && alertmanager.username.empty())
    missing("password_file", "username");
  if (!alertmanager.username.empty() && !alertmanager.bearer_token_file.empty())
    reader.error(node.place, "username and bearer_token_file in one Alertmanager", {"one of them", {}});
}

void read_alertmanager(Reader& reader, const Node& node, std::vector<Alertmanager>& list) {
  Alertmanager alertmanager;
  const auto problems = reader.problem_count();
  if (node.is_map()) {
    alertmanager_table().apply(reader, node, alertmanager);
  } else if (const auto text = read_text(reader, node, kUrl)) {
    if (auto url = take(reader, node, parse_base_url(*text), kUrl)) alertmanager.url = std::move(*url);
  }
  if (problems != reader.problem_count()) return;
  check_alertmanager(reader, node, alertmanager);
  if (std::ranges::any_of(list, [&](const auto& other) { return other.url == alertmanager.url; }))
    reader.error(node.place, "Alertmanager \"" + alertmanager.url + "\" given twice",
                 {"each of them once", {}});
  list.push_back(std::move(alertmanager));
}

void read_alertmanagers(Reader& reader, const Node& node, Draft& draft) {
  if (!node.is_list()) return reader.wrong_type(node, "a list of URLs or mappings");
  if (kMostAlertmanagers < node.children.size())
    return reader.error(node.place, std::to_string(node.children.size()) + " Alertmanagers",
                        {"at most " + std::to_string(kMostAlertmanagers), {}});
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Reader::Step step{reader, i};
    read_alertmanager(reader, *node.children[i], draft.config.alertmanagers);
  }
}

/// As it was written: a URL alone, or a mapping of what is set.
Json alertmanager_json(const Alertmanager& alertmanager) {
  auto json = Json::object();
  const Alertmanager plain{.url = alertmanager.url};
  for (const auto& key : alertmanager_table().keys())
    if (auto value = key.get(alertmanager); key.name == "url" || value != key.get(plain))
      json[std::string{key.name}] = std::move(value);
  return json.size() == 1 ? json["url"] : json;
}

using Times = std::map<std::string, seconds, std::less<>>;
constexpr DurationRange kTimes{seconds{0}, std::chrono::days{7}, true};

void read_times(Reader& reader, const Node& node, Times& times) {
  if (!node.is_map()) return reader.wrong_type(node, "a mapping of alerts to durations");
  node.each_entry([&](const Node& name, const Node& value) {
    const Reader::Step step{reader, name.text};
    std::vector<std::string_view> names(kAlertRules.size());
    std::ranges::transform(kAlertRules, names.begin(), &AlertRule::name);
    if (std::ranges::find(names, name.text) == names.end())
      return reader.error(name.place, "unknown alert \"" + name.text + "\"",
                          {"one of " + enumerate(names), std::string{nearest(name.text, names)}});
    if (const auto time = read_duration(reader, value, kTimes))
      times[name.text] = std::chrono::duration_cast<seconds>(*time);
  });
}

/// Durations by the name of the alert, of those that are not as `kAlertRules` has them.
Key<Alerts> times(std::string_view name, Times Alerts::*member, std::string_view doc) {
  return {name,
          {{"type", "object"}, {"additionalProperties", kDurationSchema}},
          [member](Reader& reader, const Node& node, Alerts& alerts) {
            read_times(reader, node, alerts.*member);
          },
          [member](const Alerts& alerts) {
            auto json = Json::object();
            for (const auto& [alert, time] : alerts.*member) json[alert] = format_duration(time);
            return json;
          },
          doc};
}

const Section<Alerts>& alerts_table() {
  using std::chrono::minutes;
  static const Section<Alerts> table{
      times("for", &Alerts::hold, "How long single alerts wait before they fire, by name."),
      times("keep_firing_for", &Alerts::keep_firing, "How long single alerts stay after the fault, by name."),
      duration<Alerts>(
          "resend_interval", &Alerts::resend_interval, {seconds{1}, minutes{10}, true},
          "How often a firing alert is sent again; without a word it ends after four times this."),
      duration<Alerts>("resolved_for", &Alerts::resolved_for, {seconds{1}, hours{24}, true},
                       "How long the end of an alert is sent again."),
  };
  return table;
}

/// What of the heartbeat's URL may be shown: often its path is the secret.
std::string shown_heartbeat(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto path = url.find_first_of("/?#", scheme + 3);
  return path == std::string::npos || path + 1 == url.size() ? url : url.substr(0, path) + "/***";
}

}  // namespace

const Section<Alertmanager>& alertmanager_table() {
  static const Section<Alertmanager> table{
      url("url", &Alertmanager::url, parse_base_url, "Where it listens; /api/v2/alerts is put behind it."),
      file("ca_file", &Alertmanager::ca_file, trust_store_fault,
           "PEM file of the certificates that it is judged by. None: the system's."),
      file("cert_file", &Alertmanager::cert_file, trust_store_fault,
           "PEM file of the certificate that we show."),
      file("key_file", &Alertmanager::key_file, any_content, "PEM file of its key. None: cert_file has it."),
      text<Alertmanager>("username", &Alertmanager::username, parse_username, "a user name",
                         "User of basic authentication."),
      secret("password_file", &Alertmanager::password_file,
             "File, or systemd credential, that holds the password."),
      secret("bearer_token_file", &Alertmanager::bearer_token_file,
             "File, or systemd credential, that holds a bearer token."),
      url("proxy_url", &Alertmanager::proxy_url, parse_open_url,
          "HTTP proxy on the way. None: as the environment says."),
      duration<Alertmanager>("timeout", &Alertmanager::timeout, {milliseconds{100}, std::chrono::minutes{1}},
                             "Limit of one request."),
  };
  return table;
}

Key<Draft> alertmanagers_key() {
  return {
      "alertmanagers",
      {{"type", "array"}, {"items", {{"anyOf", {kUrlSchema, {{"$ref", "#/$defs/alertmanager"}}}}}}},
      read_alertmanagers,
      [](const Draft& draft) {
        auto json = Json::array();
        for (const auto& each : draft.config.alertmanagers) json.push_back(alertmanager_json(each));
        return json;
      },
      "Alertmanagers that alerts are pushed to: URLs, or mappings that say more. None: nothing is pushed."};
}

Key<Draft> alerts_key() {
  return section<Draft>(
      "alerts", [](auto& draft) -> auto& { return draft.config.alerts; }, alerts_table(),
      "When the pushed alerts begin, end and are repeated.");
}

Key<Draft> heartbeat_url_key() {
  auto key = text<Draft>(
      "heartbeat_url", [](auto& draft) -> auto& { return draft.config.heartbeat_url; }, parse_heartbeat_url,
      "a URL such as https://uptime.corp.example/ping/rdpwatch",
      "URL that is fetched regularly while probing goes on, for a service that calls you when it stops.");
  key.get = [](const Draft& draft) { return Json(shown_heartbeat(draft.config.heartbeat_url)); };
  return key;
}

Key<Draft> heartbeat_interval_key() {
  return duration<Draft>(
      "heartbeat_interval", [](auto& draft) -> auto& { return draft.config.heartbeat_interval; },
      {seconds{1}, hours{1}, true}, "How often heartbeat_url is fetched.");
}

}  // namespace rdpwatch::config
