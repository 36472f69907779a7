#include <array>
#include <set>

#include "config/files.h"
#include "config/tables.h"
#include "config/time_text.h"

namespace rdpwatch::config {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr std::array<std::string_view, 4> kTlsVersions{"1.0", "1.1", "1.2", "1.3"};
constexpr std::array<std::string_view, 2> kNlaPolicies{"optional", "required"};
constexpr std::array<std::string_view, 4> kPolicySeverities{"info", "warning", "critical", "failure"};

const Section<Thresholds>& threshold_table() {
  static constexpr DurationRange kRange{seconds{0}, days{3650}, true};
  static const Section<Thresholds> table{
      duration<Thresholds>("warning", &Thresholds::warning, kRange, "From here on the finding is a warning."),
      duration<Thresholds>("critical", &Thresholds::critical, kRange,
                           "From here on the finding is critical."),
  };
  return table;
}

/// Thresholds of which `critical` must lie beyond `warning` in the direction of `rising`.
Key<Policy> thresholds(std::string_view name, Thresholds Policy::*member, bool rising, std::string_view doc) {
  auto key = section<Policy>(name, member, threshold_table(), doc);
  key.set = [member, rising](Reader& reader, const Node& node, Policy& policy) {
    auto& value = policy.*member;
    const auto errors = reader.problem_count();
    threshold_table().apply(reader, node, value);
    const bool ordered = rising ? value.warning <= value.critical : value.critical <= value.warning;
    if (errors != reader.problem_count() || ordered) return;
    const auto* critical = node.find("critical");
    reader.error(
        (critical ? *critical : node).place,
        "critical (" + format_duration(value.critical) + ") comes before warning (" +
            format_duration(value.warning) + ")",
        {std::string{rising ? "critical at least as long as warning" : "critical at most as long as warning"},
         {}});
  };
  // The defaults differ from one user of the table to the next: they stand at the key itself.
  for (auto& [property, schema] : key.schema["properties"].items()) schema.erase("default");
  return key;
}

Key<Policy> trust_store() {
  Key<Policy> key;
  key.name = "trust_store";
  key.doc = "PEM file of the certificates that chains are judged by. None: chains are not judged.";
  key.schema = {{"type", "string"}};
  key.set = [](Reader& reader, const Node& node, Policy& policy) {
    const auto name = read_text(reader, node, "the name of a PEM file");
    if (!name) return;
    if (name->empty()) {
      policy.trust_store.clear();
      return;
    }
    const auto path = reader.source(node.place).directory / *name;
    const auto pem = reader.files().read(path);
    if (const auto fault = pem ? trust_store_fault(*pem) : pem.error(); !fault.empty())
      return reader.error(node.place, "trust store \"" + std::string{*name} + "\": " + fault,
                          {"a readable file of PEM certificates", {}});
    policy.trust_store = normal_path(path);
  };
  key.get = [](const Policy& policy) { return Json(policy.trust_store.string()); };
  return key;
}

/// Reports a name that is no reason.
const Row* read_reason(Reader& reader, const Node& node) {
  const Row* row = find_reason(node.text);
  if (row != nullptr) return row;
  std::vector<std::string_view> reasons;
  for (const Row& each : taxonomy()) reasons.push_back(each.reason);
  reader.error(node.place, "unknown reason \"" + node.text + "\"",
               {"a reason of `rdpwatch explain`", std::string{nearest(node.text, reasons)}});
  return nullptr;
}

void set_severities(Reader& reader, const Node& node, Policy& policy) {
  if (!node.is_map()) return reader.wrong_type(node, "a mapping of reasons to severities");
  node.each_entry([&](const Node& name, const Node& value) {
    const Reader::Step step{reader, name.text};
    if (read_reason(reader, name) == nullptr) return;
    if (const auto index = read_choice(reader, value, kPolicySeverities))
      policy.severity[name.text] = static_cast<PolicySeverity>(*index);
  });
}

Key<Policy> severity() {
  Key<Policy> key;
  key.name = "severity";
  key.doc = "What single reasons count as: a finding of a severity, or a failure.";
  key.schema = {{"type", "object"}, {"additionalProperties", {{"enum", kPolicySeverities}}}};
  key.set = set_severities;
  key.get = [](const Policy& policy) {
    auto json = Json::object();
    for (const auto& [reason, value] : policy.severity)
      json[reason] = kPolicySeverities[static_cast<std::size_t>(value)];
    return json;
  };
  return key;
}

/// An exception as it is written.
struct ExceptionDraft {
  std::string reason{};
  Exception exception{};
};

Key<ExceptionDraft> excepted_reason() {
  Key<ExceptionDraft> key;
  key.name = "reason";
  key.doc = "The finding that is put up with.";
  key.schema = {{"type", "string"}};
  key.set = [](Reader& reader, const Node& node, ExceptionDraft& draft) {
    const auto text = read_text(reader, node, "a reason of `rdpwatch explain`");
    const Row* row = text ? read_reason(reader, node) : nullptr;
    if (row == nullptr) return;
    if (row->kind == Kind::Failure)
      return reader.error(node.place, "\"" + node.text + "\" is no finding: with it, nobody gets in",
                          {"the reason of a finding; maintenance for a host that is out of service", {}});
    draft.reason = *text;
  };
  key.get = [](const ExceptionDraft& draft) { return Json(draft.reason); };
  return key;
}

Key<ExceptionDraft> excepted_until() {
  constexpr std::string_view kExpected = "the last day, such as 2027-01-31, or a point in time with its zone";
  Key<ExceptionDraft> key;
  key.name = "until";
  key.doc = "The last day (UTC), or a point in time; from then on the finding counts again.";
  key.schema = {{"type", "string"}};
  key.set = [kExpected](Reader& reader, const Node& node, ExceptionDraft& draft) {
    const auto text = read_text(reader, node, kExpected);
    const auto until = text ? take(reader, node, parse_last_day(*text), kExpected) : std::nullopt;
    if (!until) return;
    draft.exception.until = *until;
    if (*until <= reader.now())
      reader.warning(node.place, "an exception that has ended: the finding counts again");
  };
  key.get = [](const ExceptionDraft& draft) { return Json(format_instant(draft.exception.until)); };
  return key;
}

Parsed<std::string> parse_why(std::string_view text) {
  if (const auto fault = text_fault(text, 256); !fault.empty()) return std::unexpected{"the text " + fault};
  return std::string{text};
}

const Section<ExceptionDraft>& exception_table() {
  static const Section<ExceptionDraft> table{
      excepted_reason(),
      excepted_until(),
      text<ExceptionDraft>(
          "why", [](auto& draft) -> auto& { return draft.exception.why; }, parse_why,
          "a text of 1 to 256 bytes", "Why it is put up with, and whom to ask."),
  };
  return table;
}

void set_exceptions(Reader& reader, const Node& node, Policy& policy) {
  if (!node.is_list()) return reader.wrong_type(node, "a list of exceptions");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Reader::Step step{reader, i};
    const Node& item = *node.children[i];
    ExceptionDraft draft;
    const auto problems = reader.problem_count();
    exception_table().apply(reader, item, draft);
    for (const char* key : {"reason", "until", "why"})
      if (item.is_map() && item.find(key) == nullptr)
        reader.error(item.place, "key \"" + std::string{key} + "\" is missing");
    if (problems != reader.problem_count()) continue;
    if (!seen.insert(draft.reason).second)
      reader.error(item.place, "a second exception for \"" + draft.reason + "\"");
    policy.exceptions[draft.reason] = std::move(draft.exception);
  }
}

Key<Policy> exceptions() {
  Key<Policy> key;
  key.name = "exceptions";
  key.doc = "Findings that are put up with until a date: an info until then.";
  auto schema = exception_table().schema();
  schema["required"] = {"reason", "until", "why"};
  for (auto& [property, content] : schema["properties"].items()) content.erase("default");
  key.schema = {{"type", "array"}, {"items", std::move(schema)}};
  key.set = set_exceptions;
  key.get = [](const Policy& policy) {
    auto json = Json::array();
    for (const auto& [reason, exception] : policy.exceptions)
      json.push_back(exception_table().values({reason, exception}));
    return json;
  };
  return key;
}

}  // namespace

const Section<Policy>& policy_table() {
  static const Section<Policy> table{
      thresholds("certificate_expiry", &Policy::certificate_expiry, false,
                 "Time left on the certificate below which it is a finding."),
      thresholds("clock_skew", &Policy::clock_skew, true,
                 "Difference of clocks above which it is a finding."),
      duration<Policy>("connect_slow", &Policy::connect_slow, {milliseconds{1}, hours{1}},
                       "A TCP connect slower than this is a finding."),
      choice<Policy>("min_tls", &Policy::min_tls, kTlsVersions, "Oldest TLS version that is no finding."),
      choice<Policy>("nla", &Policy::nla, kNlaPolicies, "Whether a host that does without NLA is a finding."),
      trust_store(),
      severity(),
      exceptions(),
  };
  return table;
}

}  // namespace rdpwatch::config
