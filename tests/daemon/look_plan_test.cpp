#include "daemon/look_plan.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace rdpwatch;
using daemon::LookPlan;
using path::Method;

namespace {

constexpr LookPlan::TimePoint kStart{1000h};

ProbeReport failed(std::string_view reason, Phase phase = Phase::Connect) {
  ProbeReport report;
  report.address = "192.0.2.1";
  report.verdict = Verdict::Failed;
  report.failure = Failure{find_reason(reason), phase, {}, {}};
  return report;
}

ProbeReport passed() {
  ProbeReport report;
  report.address = "192.0.2.1";
  report.phases = {{Phase::Connect, Outcome::Ok, 1ms}};
  return report;
}

/// Considers, and begins what is to be done.
std::optional<Method> look(LookPlan& plan, const ProbeReport& report, LookPlan::TimePoint now) {
  const auto method = plan.consider(report, now);
  if (method) plan.begun(report, now);
  return method;
}

}  // namespace

TEST_CASE("look plan: a failure is looked at once, another reason again, and what lasts every hour") {
  LookPlan plan{1, kStart};
  CHECK(look(plan, failed("tcp_timeout"), kStart) == Method::Syn);
  CHECK_FALSE(look(plan, failed("tcp_timeout"), kStart + 59min));
  CHECK(look(plan, failed("net_admin_prohibited"), kStart + 59min) == Method::Syn);
  CHECK_FALSE(look(plan, failed("net_admin_prohibited"), kStart + 118min));
  CHECK(look(plan, failed("net_admin_prohibited"), kStart + 119min) == Method::Syn);
}

TEST_CASE("look plan: a failure after a success is new") {
  LookPlan plan{0, kStart + 1000h};
  CHECK(look(plan, failed("tcp_refused"), kStart) == Method::Syn);
  CHECK_FALSE(look(plan, passed(), kStart + 1min));
  CHECK(look(plan, failed("tcp_refused"), kStart + 2min) == Method::Syn);
}

TEST_CASE("look plan: a look that could not begin is asked for again") {
  LookPlan plan{0, kStart};
  CHECK(plan.consider(failed("tcp_timeout"), kStart) == Method::Syn);
  CHECK(plan.consider(failed("tcp_timeout"), kStart + 1min) == Method::Syn);
}

TEST_CASE("look plan: what the way cannot explain is not looked at") {
  LookPlan plan{0, kStart + 1000h};
  CHECK_FALSE(plan.consider(failed("dns_name_not_found", Phase::Resolve), kStart));
  CHECK_FALSE(plan.consider(failed("credssp_closed", Phase::Nla), kStart));
  CHECK_FALSE(plan.consider(failed("prober_resources"), kStart));
  auto unconnected = failed("tcp_timeout");
  unconnected.address.clear();
  CHECK_FALSE(plan.consider(unconnected, kStart));
}

TEST_CASE("look plan: a host that works once a day, each at its own moment of the first hour") {
  LookPlan plan{1'800'000, kStart};  // half an hour
  CHECK_FALSE(look(plan, passed(), kStart + 30min - 1ms));
  CHECK(look(plan, passed(), kStart + 30min) == Method::Echo);
  CHECK_FALSE(look(plan, passed(), kStart + 30min + 23h));
  CHECK(look(plan, passed(), kStart + 30min + 24h) == Method::Echo);
  LookPlan other{3'600'000 + 60'000, kStart};
  CHECK(look(other, passed(), kStart + 1min) == Method::Echo);
}
