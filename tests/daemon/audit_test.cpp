#include "daemon/audit.h"

#include <algorithm>
#include <array>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/log.h"

using namespace std::chrono_literals;
using namespace rdpwatch::daemon;

namespace {

/// What the log writes of one entry.
std::string audited(const AuditEntry& entry, LogFormat format) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  {
    Log log{{.format = format}, ends[1]};
    audit(log, entry);
    log.flush(10s);
  }
  std::string text(65536, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], text.data(), text.size()))));
  for (const int end : ends) ::close(end);
  return text;
}

}  // namespace

TEST_CASE("audit: one line says who did what, from where and with which result") {
  const AuditEntry entry{AuditAction::Pause, "ann", "192.0.2.7", "3: labels site=fra: patch night", "done"};
  CHECK(audited(entry, LogFormat::Text)
            .ends_with(" info    audit action=pause who=ann from=192.0.2.7 "
                       "what=\"3: labels site=fra: patch night\" result=done\n"));
  const auto json = nlohmann::json::parse(audited(entry, LogFormat::Json));
  CHECK(json["message"] == "audit");
  CHECK(json["action"] == "pause");
  CHECK(json["who"] == "ann");
  CHECK(json["from"] == "192.0.2.7");
  CHECK(json["result"] == "done");
}

TEST_CASE("audit: what was refused is a warning") {
  CHECK(audited({AuditAction::Request, "", "192.0.2.7", "POST /-/reload", refused("not enabled")},
                LogFormat::Text)
            .ends_with(" warning audit action=request who=192.0.2.7 from=192.0.2.7 "
                       "what=\"POST /-/reload\" result=\"refused: not enabled\"\n"));
}

TEST_CASE("audit: a text cannot forge a second line") {
  const auto line =
      audited({AuditAction::Pause, "eve\n2026 audit", "192.0.2.7", "\"", "done"}, LogFormat::Text);
  CHECK(std::ranges::count(line, '\n') == 1);
  CHECK(audited({AuditAction::Reload, "SIGHUP", "", "configuration", "done"}, LogFormat::Text)
            .ends_with("audit action=reload who=SIGHUP what=configuration result=done\n"));
  CHECK(audited({AuditAction::ProbeNow, "", "::1", "a", "done"}, LogFormat::Text)
            .ends_with("audit action=probe_now who=::1 from=::1 what=a result=done\n"));
}
