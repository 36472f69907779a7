#include <algorithm>

#include <doctest/doctest.h>

#include "daemon/page/search.h"
#include "tests/support/fake_records.h"

using namespace rdpwatch;
using daemon::TargetRecord;
using daemon::page::Search;

namespace {

/// A target at 10.0.0.1 that fails because CredSSP was closed, which the client shows as 0x904 / 0x7.
TargetRecord sample_record() {
  const auto config = test::fake_config(2);
  auto target = std::make_shared<config::Target>(*config->targets[1]);
  target->id = "front desk";
  target->labels = {{"pool", "Finance"}, {"site", "ams"}};
  TargetRecord record;
  record.target = target;
  const auto report = test::failed_report(*target, 1, Phase::Nla, Cause::Closed);
  report->nla = NlaEvidence{.computer = "RDS-AMS-01", .dns_name = "old.corp.example"};
  record.last = report;
  return record;
}

std::vector<std::string_view> reasons_behind(const Search& search) {
  std::vector<std::string_view> reasons;
  for (const auto& candidate : search.behind()) reasons.push_back(candidate.row->reason);
  return reasons;
}

bool is(const std::optional<daemon::DialogCodes>& codes, std::optional<std::uint32_t> code,
        std::optional<std::uint32_t> extended) {
  return codes && codes->code == code && codes->extended == extended;
}

}  // namespace

TEST_CASE("search: codes are understood as the dialog and people write them") {
  for (const char* typed :
       {"0x904 0x7", "0X904 0X7", " 0x904,0x7 ", "0x904 / 0x7", "2308 7", "904 7", "(0x904, 0x7)",
        "Error code: 0x904. Extended error code: 0x7", "error code 0x904 and extended error code 0x7"}) {
    CAPTURE(typed);
    CHECK(is(Search{typed}.codes(), 0x904, 7));
  }
  for (const char* typed : {"0x904", "2308", "904", "error code: 0x904"}) {
    CAPTURE(typed);
    CHECK(is(Search{typed}.codes(), 0x904, std::nullopt));
  }
  for (const char* typed : {"", "  ", "rds-904", "10.0.0.1", "fe80::1", "::1", "3389", "0x904 0x7 0x1",
                            "code", "99999999999999999999", "0xZZ"}) {
    CAPTURE(typed);
    CHECK_FALSE(Search{typed}.codes());
  }
}

TEST_CASE("search: a code that nobody names is still a code when it is written as one") {
  const Search search{"0xABCDEF"};
  CHECK(is(search.codes(), 0xABCDEF, std::nullopt));
  CHECK(search.behind().empty());
  CHECK_FALSE(search.matches(sample_record()));
}

TEST_CASE("search: codes find the reasons behind them and the targets that show one") {
  const TargetRecord record = sample_record();
  const Search search{"0x904 0x7"};
  const auto reasons = reasons_behind(search);
  REQUIRE_FALSE(reasons.empty());
  CHECK(std::ranges::find(reasons, record.last->decisive_row()->reason) != reasons.end());
  CHECK(search.matches(record));
  CHECK_FALSE(Search{"0x4"}.matches(record));
  TargetRecord pending = record;
  pending.last = nullptr;
  CHECK_FALSE(search.matches(pending));
}

TEST_CASE("search: a lone decimal number may be a code or part of a name") {
  TargetRecord record = sample_record();
  CHECK(Search{"904"}.matches(record));
  auto target = std::make_shared<config::Target>(*record.target);
  target->id = "rds904";
  record = {.target = target};
  CHECK(Search{"904"}.matches(record));
  CHECK_FALSE(Search{"0x904"}.matches(record));
}

TEST_CASE("search: text is looked for in names, addresses, labels and the reason, whatever the case") {
  const TargetRecord record = sample_record();
  const std::string reason{record.last->decisive_row()->reason};
  for (const std::string& typed :
       {std::string{"FRONT d"}, std::string{"rds000001"}, std::string{"10.0.0.1"}, std::string{"rds-ams"},
        std::string{"OLD.corp"}, std::string{"finance"}, std::string{"pool=finance"}, std::string{"site=AMS"},
        reason, reason.substr(2)}) {
    CAPTURE(typed);
    CHECK(Search{typed}.matches(record));
  }
  for (const char* typed : {"pool=fin", "10.0.0.2", "nobody", "<script>", "%"}) {
    CAPTURE(typed);
    CHECK_FALSE(Search{typed}.matches(record));
  }
  CHECK(Search{""}.matches(record));
  CHECK(Search{"\n"}.empty());
}

TEST_CASE("search: the id of a reason finds the targets that have it as a finding") {
  TargetRecord record = sample_record();
  auto report = std::make_shared<ProbeReport>(*record.last);
  report->findings = {{.row = find_reason("cert_expiring"), .severity = Severity::Warning}};
  record.last = report;
  CHECK(Search{"cert_expiring"}.reason() == find_reason("cert_expiring"));
  CHECK(Search{"cert_expiring"}.matches(record));
  CHECK_FALSE(Search{"cert_expired"}.matches(record));
}
