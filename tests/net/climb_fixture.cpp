#include "tests/net/climb_fixture.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include <asio/co_spawn.hpp>

namespace rdpwatch::test {
namespace {

asio::awaitable<void> keep(Prober& prober, ProbeRequest request, std::optional<ProbeResult>& into) {
  into = co_await prober.probe(std::move(request));
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

ClimbFixture::ClimbFixture() {
  module.retries = 0;
  module.timeout = std::chrono::milliseconds{2'000};
  module.retry_delay = std::chrono::milliseconds{1};
}

ProbeResult ClimbFixture::probe(std::uint16_t port, std::string host) {
  auto target = std::make_shared<config::Target>();
  target->id = "t";
  target->host = std::move(host);
  target->port = port;
  target->module = std::make_shared<const config::Module>(module);
  target->expect = std::make_shared<const config::Expectation>(expect);
  ProbeRequest request;
  request.target = std::move(target);
  request.memory = remembers ? &memory : nullptr;
  request.baseline = baseline;
  request.bypass_name = bypass_name;
  request.permit = permit;
  std::optional<ProbeResult> result;
  asio::co_spawn(io, keep(prober, std::move(request), result), &rethrow);
  io.restart();
  while (!result && io.run_one() != 0) continue;
  return result.value_or(ProbeResult{});
}

const Finding* find(const ProbeReport& report, std::string_view reason) {
  const auto found = std::ranges::find_if(
      report.findings, [&](const Finding& finding) { return finding.row->reason == reason; });
  return found == report.findings.end() ? nullptr : &*found;
}

std::string outcomes(const ProbeReport& report) {
  std::string text;
  for (const auto& phase : report.phases) (text += text.empty() ? "" : " ").append(to_string(phase.outcome));
  return text;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;  // the iterator's own
}

}  // namespace rdpwatch::test
