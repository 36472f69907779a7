#include "probes/taxonomy/taxonomy.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/hex.h"

using namespace rdpwatch;

namespace {

constexpr auto kLastCause = Cause::PassedOnRetry;

std::vector<Cause> all_causes() {
  std::vector<Cause> causes;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(kLastCause); ++i)
    causes.push_back(static_cast<Cause>(i));
  return causes;
}

/// Non-empty, no surrounding blanks, no doubled blanks: wrapped literals go wrong this way.
bool is_tidy(std::string_view text) {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         text.find("  ") == std::string_view::npos;
}

}  // namespace

TEST_CASE("taxonomy: ids, scenarios, kinds and severities are those of the list, word for word") {
  std::istringstream list{test::text_file("tests/taxonomy/reasons.txt")};
  std::ostringstream expected, actual;
  for (std::string line; std::getline(list, line);)
    if (!line.starts_with('#')) expected << line << '\n';
  for (const Row& row : taxonomy())
    actual << row.number << ' ' << row.reason << ' ' << to_string(row.scenario) << ' ' << to_string(row.kind)
           << ' ' << to_string(row.severity) << '\n';
  CHECK(actual.str() == expected.str());
}

TEST_CASE("taxonomy: every id is unique and found") {
  std::set<std::string_view> seen;
  for (const Row& row : taxonomy()) {
    CAPTURE(row.reason);
    CHECK(seen.insert(row.reason).second);
    CHECK(find_reason(row.reason) == &row);
  }
  CHECK(find_reason("") == nullptr);
  CHECK(find_reason("tcp_time") == nullptr);
}

TEST_CASE("taxonomy: every row has all its texts") {
  for (const Row& row : taxonomy()) {
    CAPTURE(row.reason);
    CHECK(is_tidy(row.family));
    CHECK(is_tidy(row.observation));
    CHECK(is_tidy(row.meaning));
    CHECK(row.meaning.ends_with('.'));
    CHECK(is_tidy(row.told_apart_by));
    for (const auto& cause : split_items(row.likely_causes)) CHECK(is_tidy(cause));
    for (const auto& step : split_items(row.advice)) CHECK(is_tidy(step));
    CHECK(!row.checklist.empty());
    CHECK(row.checklist.find_first_not_of("1234,") == std::string_view::npos);
  }
}

TEST_CASE("taxonomy: a failure shows the user a code pair, a note, or is the prober's or an open one") {
  for (const Row& row : taxonomy()) {
    CAPTURE(row.reason);
    const bool has_code = row.client.code || row.client.extended;
    CHECK(has_code == (row.client.basis != Basis::None));
    const auto& other = row.client_alternative;
    CHECK((other.code || other.extended) == (other.basis != Basis::None));
    const bool open = row.reason.ends_with("_unclassified") || row.reason == "cert_expiring";
    if (row.kind == Kind::Failure) CHECK((has_code || !row.client_note.empty() || open));
  }
}

TEST_CASE("split_items: items without their separator") {
  CHECK(split_items("").empty());
  CHECK(split_items("one") == std::vector<std::string_view>{"one"});
  CHECK(split_items("one, still; two;three") == std::vector<std::string_view>{"one, still", "two;three"});
}

TEST_CASE("classify: total, for every phase and every cause") {
  for (const Phase phase : kPhases)
    for (const Cause cause : all_causes()) {
      const Row& row = classify(phase, cause);
      CAPTURE(to_string(phase));
      CAPTURE(static_cast<int>(cause));
      CHECK(&row >= taxonomy().data());
      CHECK(&row < taxonomy().data() + taxonomy().size());
    }
}

TEST_CASE("classify: every row of this release is reached by its phase and cause, no other row by any") {
  std::set<const Row*> reached;
  for (const Phase phase : kPhases)
    for (const Cause cause : all_causes()) reached.insert(&classify(phase, cause));
  for (const Row& row : taxonomy()) {
    CAPTURE(row.reason);
    if (row.availability == Availability::Now) {
      REQUIRE(row.cause);
      CHECK(&classify(row.phase.value_or(Phase::Resolve), *row.cause) == &row);
      CHECK(row.phase.value_or(Phase::Resolve) <= kDeepestPhase);
    } else {
      CHECK((!row.cause || row.reason.ends_with("_unclassified")));
    }
    CHECK(reached.contains(&row) == row.cause.has_value());
  }
}

TEST_CASE("classify: every cause means something somewhere") {
  for (const Cause cause : all_causes()) {
    CAPTURE(static_cast<int>(cause));
    if (cause == Cause::Unclassified) continue;
    CHECK(std::ranges::any_of(
        kPhases, [&](Phase phase) { return !classify(phase, cause).reason.ends_with("_unclassified"); }));
  }
}

TEST_CASE("classify: silence, close and reset by phase") {
  struct Sample {
    Phase phase;
    Cause cause;
    std::string_view reason;
  };
  const auto samples = std::to_array<Sample>({
      {Phase::Resolve, Cause::Timeout, "dns_timeout"},
      {Phase::Resolve, Cause::Malformed, "dns_malformed"},
      {Phase::Connect, Cause::Timeout, "tcp_timeout"},
      {Phase::Connect, Cause::Closed, "tcp_closed_on_accept"},
      {Phase::Connect, Cause::Reset, "tcp_reset_on_accept"},
      {Phase::Negotiate, Cause::Timeout, "x224_timeout"},
      {Phase::Negotiate, Cause::Closed, "x224_closed"},
      {Phase::Negotiate, Cause::Reset, "x224_reset"},
      {Phase::Negotiate, Cause::Malformed, "x224_malformed"},
      {Phase::Tls, Cause::Timeout, "tls_timeout"},
      {Phase::Tls, Cause::Closed, "tls_eof"},
      {Phase::Tls, Cause::Reset, "tls_reset"},
      {Phase::Tls, Cause::Malformed, "tls_not_tls"},
      {Phase::Nla, Cause::Timeout, "credssp_timeout"},
      {Phase::Nla, Cause::Closed, "credssp_closed"},
      {Phase::Nla, Cause::Reset, "credssp_closed"},
      {Phase::Nla, Cause::Malformed, "credssp_malformed"},
      {Phase::Nla, Cause::NotRdp, "nla_unclassified"},
      {Phase::Mcs, Cause::Timeout, "mcs_unclassified"},
  });
  for (const auto& [phase, cause, reason] : samples) CHECK(classify(phase, cause).reason == reason);
}

TEST_CASE("classify: errors of the network and of the prober mean the same in every phase") {
  for (const Phase phase : kPhases) {
    CAPTURE(to_string(phase));
    CHECK(classify(phase, Cause::HostUnreachable).reason == "net_host_unreachable");
    CHECK(classify(phase, Cause::NetworkUnreachable).reason == "net_no_route");
    CHECK(classify(phase, Cause::ResourcesExhausted).reason == "prober_resources");
    CHECK(classify(phase, Cause::SocketDenied).scenario == Scenario::ClientSide);
    CHECK(classify(phase, Cause::PassedOnRetry).reason == "passed_on_retry");
    CHECK(classify(phase, Cause::Unclassified).reason == std::string{to_string(phase)} + "_unclassified");
  }
}

TEST_CASE("taxonomy: 0x904/0x7 is attached to the rows that end with a close before the session") {
  for (const auto reason : {"tcp_reset_on_accept", "tcp_closed_on_accept", "x224_closed", "x224_reset",
                            "x224_not_rdp", "tls_reset", "tls_eof", "credssp_closed", "mcs_closed"}) {
    CAPTURE(reason);
    const Row* row = find_reason(reason);
    REQUIRE(row != nullptr);
    CHECK(row->client.code == 0x904);
    CHECK(row->client.extended == 0x7);
  }
}
