#include "tests/rdpsim/matrix.h"

#include <algorithm>
#include <fstream>

#include <asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include "config/load.h"
#include "probes/probe.h"
#include "tests/rdpsim/sim_process.h"
#include "tests/support/hex.h"

namespace rdpwatch::test {
namespace {

using Reports = std::map<std::string, std::shared_ptr<const ProbeReport>>;  // by target id

/// Probes a row's target as often as the row says and keeps the last report.
asio::awaitable<void> probe_row(Prober& prober, const MatrixRow& row,
                                std::shared_ptr<const config::Target> target, Reports& reports) {
  TargetMemory memory;
  for (int i = 0; i < row.probes; ++i) {
    ProbeRequest request{.target = target, .memory = &memory};
    const ProbeResult result = co_await prober.probe(std::move(request));
    reports[row.id] = result.report;
  }
}

Reports probe_all(const Matrix& matrix, const config::Config& config) {
  asio::io_context io;
  Prober prober{io};
  Reports reports;
  for (const MatrixRow& row : matrix.rows) {
    const auto target = std::ranges::find(config.targets, row.id, [](const auto& t) { return t->id; });
    REQUIRE(target != config.targets.end());
    asio::co_spawn(io, probe_row(prober, row, *target, reports), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }
  io.run();
  return reports;
}

std::string hex_or_dash(std::optional<std::uint32_t> value) {
  if (!value) return "-";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%X", *value);
  return text.data();
}

std::string code_of(const Row* row) {
  if (row == nullptr || !row->client.code) return "-";
  return hex_or_dash(row->client.code) + "/" + hex_or_dash(row->client.extended);
}

std::string findings_of(const ProbeReport& report) {
  std::string out;
  for (const Finding& finding : report.findings)
    out +=
        std::string{out.empty() ? "" : "; "} + std::string{finding.row->reason} + " (" + finding.detail + ")";
  return out;
}

/// The columns of the table, in one line, so that a failure shows all that differs.
std::string line_of(const ProbeReport& report) {
  const Row* row = report.decisive_row();
  const std::string_view reason = row == nullptr ? "-" : row->reason;
  const std::string_view scenario = row == nullptr ? "none" : to_string(row->scenario);
  return std::string{to_string(report.verdict)} + " " + std::string{to_string(report.phase)} + " " +
         std::string{reason} + " " + std::string{scenario} + " " + code_of(row);
}

std::string expected_line(const MatrixRow& row) {
  return row.verdict + " " + row.phase + " " + row.reason + " " + row.scenario + " " + row.code;
}

bool reachable_here(const Row& row) {
  return row.availability == Availability::Now && (!row.phase || *row.phase <= Phase::Nla);
}

}  // namespace

TEST_CASE("matrix: every reason of this release has a fault, or names the test that has it") {
  const Matrix matrix = load_matrix();
  for (const Row& row : taxonomy()) {
    if (!reachable_here(row)) continue;
    const bool has_fault = std::ranges::any_of(matrix.rows, [&](const MatrixRow& candidate) {
      return candidate.reason == row.reason ||
             std::ranges::find(candidate.also, row.reason) != candidate.also.end();
    });
    CAPTURE(std::string{row.reason});
    CHECK(has_fault != matrix.elsewhere.contains(std::string{row.reason}));
  }
  for (const auto& [reason, covered] : matrix.elsewhere) {
    CAPTURE(reason);
    CHECK(find_reason(reason) != nullptr);
    CHECK_FALSE(covered.why.empty());
    const auto source = text_file(covered.file);
    CHECK(source.find('"' + covered.test + '"') != std::string::npos);
  }
}

TEST_CASE("matrix: every fault gets its verdict, phase, reason, scenario and client codes") {
  const Matrix matrix = load_matrix();
  const std::string dns_endpoint = "127.77.253.53:" + std::to_string(free_port());
  SimProcess sim{fleet_yaml(matrix, dns_endpoint)};
  const auto file = sim.folder() / "rdpwatch.yaml";
  std::ofstream{file} << config_yaml(matrix, dns_endpoint, sim.port());
  const config::LoadResult loaded = config::load(file);
  for (const auto& diagnostic : loaded.diagnostics) MESSAGE(diagnostic.text);
  REQUIRE(loaded.config != nullptr);

  const Reports reports = probe_all(matrix, *loaded.config);
  for (const MatrixRow& row : matrix.rows) {
    CAPTURE(row.fault);
    const auto& report = reports.at(row.id);
    REQUIRE(report != nullptr);
    const std::string detail = report->failure ? report->failure->detail : findings_of(*report);
    CAPTURE(detail);
    CHECK(line_of(*report) == expected_line(row));
    CHECK(detail.find(row.detail) != std::string::npos);
    for (const std::string& reason : row.also)
      CHECK(std::ranges::any_of(report->findings, [&](const Finding& f) { return f.row->reason == reason; }));
  }
}

}  // namespace rdpwatch::test
