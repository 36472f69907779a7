#include <algorithm>
#include <array>

#include "config/tables.h"

namespace rdpwatch::config {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using PhaseTimeouts = decltype(Module::phase_timeouts);

constexpr std::array<std::string_view, 2> kAddressModes{"first", "all"};
constexpr DurationRange kTimeoutRange{milliseconds{10}, minutes{10}};

const std::vector<std::string_view>& depth_names() {
  static const auto names = [] {
    std::vector<std::string_view> list;
    for (const Phase phase : kPhases)
      if (phase <= kDeepestPhase) list.push_back(to_string(phase));
    return list;
  }();
  return names;
}

Key<Module> depth() {
  auto key =
      choice<Module>("depth", &Module::depth, depth_names(),
                     "Deepest phase to climb to. Phases beyond nla are not available in this release.", 1);
  key.set = [set = key.set](Reader& reader, const Node& node, Module& module) {
    const auto phase = node.is_scalar() ? phase_from(node.text) : std::nullopt;
    if (phase && kDeepestPhase < *phase)
      return reader.error(node.place, "depth \"" + node.text + "\" is not available in this release",
                          {enumerate(depth_names()), {}});
    set(reader, node, module);
  };
  return key;
}

const Section<PhaseTimeouts>& phase_timeout_table() {
  static const auto at = [](Phase phase) {
    return [phase](auto& timeouts) -> auto& { return timeouts[ordinal(phase) - 1]; };
  };
  static const auto key = [](Phase phase, std::string_view doc) {
    return duration<PhaseTimeouts>(to_string(phase), at(phase), kTimeoutRange, doc);
  };
  static const Section<PhaseTimeouts> table{
      key(Phase::Resolve, "Limit of the name resolution."),
      key(Phase::Connect, "Limit of the TCP connect, over all addresses tried."),
      key(Phase::Negotiate, "Limit of the X.224 negotiation."),
      key(Phase::Tls, "Limit of the TLS handshake."),
      key(Phase::Nla, "Limit of the CredSSP exchange."),
  };
  return table;
}

Parsed<std::string> parse_cookie(std::string_view text) {
  const bool visible = std::ranges::all_of(text, [](char c) { return '!' <= c && c <= '~'; });
  if (text.empty() || 64 < text.size() || !visible)
    return std::unexpected{"\"" + std::string{text} + "\" cannot be sent as mstshash"};
  return std::string{text};
}

/// Phase timeouts as written: those that are not set are left out.
Json phase_timeouts_json(const Module& module) {
  auto json = Json::object();
  for (const auto& key : phase_timeout_table().keys())
    if (auto value = key.get(module.phase_timeouts); !value.is_null())
      json[std::string{key.name}] = std::move(value);
  return json;
}

/// Reports at the first of `keys` that the node sets; says nothing when it sets none of them, because then
/// the module that does has been told.
void complain(Reader& reader, const Node& node, std::initializer_list<std::string_view> keys,
              std::string_view text, std::string expected) {
  for (const auto key : keys)
    if (const auto* value = node.find(key)) {
      const Reader::Step step{reader, key};
      return reader.error(value->place, text, {std::move(expected), {}});
    }
}

}  // namespace

const Section<Resolver>& resolver_table() {
  static const Section<Resolver> table{
      texts<Resolver>("servers", &Resolver::servers, parse_name_server,
                      "an address, with a port if it is not 53",
                      "Name servers to ask. Empty: those of the system."),
  };
  return table;
}

const Section<Module>& module_table() {
  static const Section<Module> table = [] {
    auto timeouts = section<Module>("phase_timeouts", &Module::phase_timeouts, phase_timeout_table(),
                                    "Limits of single phases, within `timeout`.");
    timeouts.get = phase_timeouts_json;
    return Section<Module>{
        depth(),
        duration<Module>("interval", &Module::interval, {seconds{1}, days{7}, true},
                         "Time from one probe to the next."),
        duration<Module>("failing_interval", &Module::failing_interval, {seconds{1}, days{7}, true},
                         "Time from one probe to the next while the target fails. Not set: `interval`."),
        duration<Module>("timeout", &Module::timeout, kTimeoutRange, "Limit of one try over all its phases."),
        std::move(timeouts),
        integer<Module>("retries", &Module::retries, 0, 3, "Further tries after a failure."),
        duration<Module>("retry_delay", &Module::retry_delay, {milliseconds{0}, hours{1}},
                         "Pause before a retry."),
        choice<Module>("addresses", &Module::addresses, kAddressModes,
                       "Climb the first address that answers, or every address of the name."),
        boolean<Module>("path_trace", &Module::path_trace,
                        "Trace the way to a target when it does not connect, and once a day by ping."),
        text<Module>("cookie", &Module::cookie, parse_cookie, "1 to 64 visible ASCII characters",
                     "The mstshash of the X.224 request, which hosts log."),
        section<Module>("resolver", &Module::resolver, resolver_table(), "Name servers of this module.",
                        "resolver"),
        section<Module>("policy", &Module::policy, policy_table(), "Findings of this module, key by key.",
                        "policy"),
        unavailable<Module>("credentials", "", "Name of a credential. Not available in this release."),
        unavailable<Module>("delegate", false, "Send the password on. Not available in this release."),
    };
  }();
  return table;
}

void check_module(Reader& reader, const Node& node, const Module& module) {
  const auto timeout = format_duration(module.timeout);
  const auto interval = format_duration(module.interval);
  if (module.interval < module.timeout)
    complain(reader, node, {"timeout", "interval"},
             "timeout (" + timeout + ") is longer than interval (" + interval + ")",
             "timeout at most as long as interval");
  if (module.failing_interval && module.interval < *module.failing_interval)
    complain(reader, node, {"failing_interval", "interval"},
             "failing_interval (" + format_duration(*module.failing_interval) +
                 ") is longer than interval (" + interval + ")",
             "failing_interval at most as long as interval");
  if (module.failing_interval && *module.failing_interval < module.timeout)
    complain(reader, node, {"failing_interval", "timeout"},
             "timeout (" + timeout + ") is longer than failing_interval (" +
                 format_duration(*module.failing_interval) + ")",
             "timeout at most as long as failing_interval");
  for (const Phase phase : kPhases) {
    const auto& limit = module.phase_timeouts[ordinal(phase) - 1];
    if (!limit || *limit <= module.timeout) continue;
    const std::string name{to_string(phase)};
    complain(reader, node, {"phase_timeouts", "timeout"},
             "phase timeout of " + name + " (" + format_duration(*limit) + ") is longer than timeout (" +
                 timeout + ")",
             "phase timeouts at most as long as timeout");
  }
}

}  // namespace rdpwatch::config
