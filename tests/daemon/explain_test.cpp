#include "daemon/explain.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "probes/taxonomy/client_codes.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;

namespace {

std::size_t place(const std::vector<Candidate>& list, std::string_view reason) {
  const auto found = std::ranges::find(list, reason, [](const Candidate& c) { return c.row->reason; });
  REQUIRE(found != list.end());
  return static_cast<std::size_t>(found - list.begin());
}

bool contains(const std::vector<Candidate>& list, std::string_view reason) {
  return std::ranges::any_of(list, [&](const Candidate& c) { return c.row->reason == reason; });
}

}  // namespace

TEST_CASE("parse_dialog_codes: hexadecimal, decimal, and what people read off the dialog") {
  const auto check = [](const char* first, const char* second, DialogCodes expected) {
    CAPTURE(std::string{first});
    const auto codes = parse_dialog_codes(first, second);
    REQUIRE(codes);
    CHECK(codes->code == expected.code);
    CHECK(codes->extended == expected.extended);
  };
  check("0x904", "0x7", {0x904, 0x7});
  check("0X904", "7", {0x904, 0x7});
  check("2308", "7", {0x904, 0x7});
  check("904", "7", {0x904, 0x7});  // no client shows 904 in decimal
  check("516", "", {516, {}});
  check("b09", "", {0xB09, {}});
  check("0x7", "", {{}, 0x7});        // no first code, but an extended one
  check("0x1234", "", {{}, 0x1234});  // of the range of protocol errors
  check("0x9999", "", {0x9999, {}});
  for (const char* bad : {"", "0x", "x904", "-1", "0x123456789", "12a_", "tcp_timeout"}) {
    CAPTURE(std::string{bad});
    CHECK(!parse_dialog_codes(bad));
  }
  CHECK(!parse_dialog_codes("0x904", "seven"));
}

TEST_CASE("candidates: exact before partial, then basis, then what this release can tell") {
  for (const DialogCodes codes : {DialogCodes{0x904, 0x7}, DialogCodes{0x204, 0x0}, DialogCodes{0x3, 0x11},
                                  DialogCodes{0x904, {}}, DialogCodes{0x108, 0x0}}) {
    const auto list = candidates(codes);
    REQUIRE(!list.empty());
    CHECK(std::ranges::is_sorted(list, {}, [](const Candidate& candidate) {
      return std::tuple{candidate.match, candidate.client.basis,
                        candidate.row->availability != Availability::Now};
    }));
  }
}

TEST_CASE("candidates: 0x904/0x7 lists every reason that shows it, once") {
  const auto list = candidates({0x904, 0x7});
  std::size_t expected = 0;
  for (const Row& row : taxonomy()) {
    const auto shows = [](const ClientCode& pair) { return pair.code == 0x904 && pair.extended == 0x7; };
    const bool listed = contains(list, row.reason);
    CAPTURE(row.reason);
    CHECK(listed == (shows(row.client) || shows(row.client_alternative)));
    if (listed) ++expected;
  }
  CHECK(list.size() == expected);
  CHECK(place(list, "tls_reset") < place(list, "x224_closed"));           // reported before inferred
  CHECK(place(list, "x224_closed") < place(list, "path_mtu_blackhole"));  // now before later
}

TEST_CASE("candidates: reasons that name only the extended code fit any first code") {
  CHECK(candidates({0x3, 0x9}).front().row->reason == "session_no_privilege");
  CHECK(contains(candidates({0x3, 0x402}), "broker_error"));
  CHECK(contains(candidates({0x3, 0x105}), "license_errinfo"));
  CHECK(contains(candidates({{}, 0x112F}), "session_protocol_error"));
  CHECK(!contains(candidates({0x3, 0x113}), "license_errinfo"));
}

TEST_CASE("candidates: another extended code leaves a partial match") {
  const auto list = candidates({0x104, 0x5});
  const auto& name = list[place(list, "dns_name_not_found")];
  CHECK(name.match == Candidate::Match::Partial);
  CHECK(list.front().row->reason == "session_replaced");
  CHECK(candidates({0xFFFF, 0xFFFE}).empty());
}

TEST_CASE("client_codes: every code of the taxonomy has a meaning of its own") {
  for (const Row& row : taxonomy())
    for (const ClientCode* pair : {&row.client, &row.client_alternative}) {
      CAPTURE(row.reason);
      if (pair->code) CHECK(find_disconnect_reason(*pair->code) != nullptr);
      if (pair->extended) CHECK(find_extended_reason(*pair->extended) != nullptr);
    }
}

TEST_CASE("find_reason_or_family: numbers are accepted after families only") {
  CHECK(find_reason_or_family("x224_closed") == find_reason("x224_closed"));
  CHECK(find_reason_or_family("mcs_refused_14") == find_reason("mcs_refused"));
  CHECK(find_reason_or_family("broker_error_0x401") == find_reason("broker_error"));
  CHECK(find_reason_or_family("x224_closed_3") == nullptr);
  CHECK(find_reason_or_family("nothing") == nullptr);
}

TEST_CASE("similar_reasons: slips of the hand lead to the id") {
  CHECK(similar_reasons("tls_rest").front() == "tls_reset");
  CHECK(similar_reasons("dns_nxdomain_not_found").front() == "dns_name_not_found");
  CHECK(similar_reasons("certexpired").front() == "cert_expired");
  CHECK(similar_reasons("qqqq").empty());
}

TEST_CASE("reason_json, codes_json: lists are arrays, codes are hexadecimal text") {
  const auto reason = reason_json(*find_reason("credssp_closed"));
  CHECK(reason["client_codes"][0].dump() == R"({"code":"0x904","extended_code":"0x7","basis":"inferred"})");
  CHECK(reason["advice"].size() == 4);
  CHECK(reason["commands"][0]["place"] == "prober");
  CHECK(reason["commands"][1]["place"] == "host");
  CHECK(reason["confirm"] == find_reason("credssp_closed")->confirm);
  const auto codes = codes_json({0x904, 0x7});
  CHECK(codes["code"]["number"] == "0x904");
  CHECK(codes["code"]["source"] == "documented");
  CHECK(codes["candidates"].size() == candidates({0x904, 0x7}).size());
  CHECK(codes["candidates"][0]["match"] == "exact");
}
