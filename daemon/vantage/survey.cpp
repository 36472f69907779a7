#include "daemon/vantage/survey.h"

#include <algorithm>

#include <asio/ip/address.hpp>
#include <fmt/format.h>

namespace rdpwatch::daemon::vantage {
namespace {

constexpr std::size_t kFewest = 3;

bool is_address(const std::string& host) {
  asio::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

bool is_localhost(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

bool leads_out(const std::string& text) {
  asio::error_code error;
  const auto address = asio::ip::make_address(text, error);
  return !error && !address.is_loopback() && !address.is_unspecified();
}

bool is_denied(const ProbeReport& report) {
  return report.failure && report.failure->row != nullptr &&
         (report.failure->row->cause == Cause::SocketDenied ||
          report.failure->row->cause == Cause::LocalRouteDenied);
}

}  // namespace

Survey survey(const Records& records, TimePoint since) {
  Survey result;
  for (const TargetRecord& record : records) {
    if (record.pause || !record.last) continue;
    ++result.known;
    const ProbeReport& report = *record.last;
    const bool lately = since <= report.time;
    if (lately && report.tls && report.tls->certificate) ++result.certificates;
    if (lately && report.nla && report.nla->clock_skew) result.clocks.push_back(*report.nla->clock_skew);
    if (!is_denied(report)) continue;
    if (result.denied++ == 0) result.denied_example = report.target;
  }
  return result;
}

Passing passing(const Records& records, TimePoint since) {
  Passing result;
  for (const TargetRecord& record : records) {
    if (record.pause || !record.last || record.last->time < since) continue;
    const ProbeReport& report = *record.last;
    const std::size_t out = leads_out(report.address) ? 1 : 0;
    ++result.probed;
    result.probed_out += out;
    for (const PhaseResult& phase : report.phases) {
      if (phase.outcome != Outcome::Ok) continue;
      if (phase.phase == Phase::Connect) ++result.connected, result.connected_out += out;
      if (phase.phase == Phase::Resolve && report.resolve && !report.resolve->from_literal &&
          !report.resolve->from_cache)
        ++result.resolved;
    }
  }
  return result;
}

Look judge_denials(const Survey& survey) {
  if (survey.known == 0) return {State::Unknown, "no target was probed yet"};
  const bool enough = std::min(kFewest, survey.known) <= survey.denied;
  if (!enough || survey.denied * 2 <= survey.known)
    return {State::Sound,
            fmt::format("this machine denies connections to {} of {} targets", survey.denied, survey.known)};
  return {State::Disturbed,
          fmt::format("this machine itself denies connections to {} of {} targets, such as {}: firewall, "
                      "security module or sandbox",
                      survey.denied, survey.known, survey.denied_example)};
}

std::vector<const config::Target*> named_targets(const Records& records, std::size_t from,
                                                 std::size_t count) {
  std::vector<const config::Target*> named;
  for (std::size_t i = 0; i < records.size() && named.size() < count; ++i) {
    const TargetRecord& record = records[(from + i) % records.size()];
    const auto* const target = record.target.get();
    if (record.pause || is_address(target->host) || is_localhost(target->host)) continue;
    if (std::ranges::find(named, target->host, &config::Target::host) == named.end()) named.push_back(target);
  }
  return named;
}

std::vector<std::string> target_addresses(const Records& records, std::size_t count) {
  std::vector<std::string> addresses;
  const std::size_t stride = std::max<std::size_t>(1, records.size() / std::max<std::size_t>(1, count));
  for (std::size_t i = 0; i < records.size() && addresses.size() < count; i += stride) {
    const TargetRecord& record = records[i];
    const bool connected = record.last && !record.last->address.empty();
    const auto& address = connected ? record.last->address : record.target->host;
    if (!record.pause && leads_out(address) && std::ranges::find(addresses, address) == addresses.end())
      addresses.push_back(address);
  }
  return addresses;
}

}  // namespace rdpwatch::daemon::vantage
