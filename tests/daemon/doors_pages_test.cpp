// The doors of the status page: addresses, headers, forms.
#include <doctest/doctest.h>

#include "daemon/http/negotiate.h"
#include "daemon/http/url.h"
#include "daemon/page/assets.h"
#include "tests/daemon/http_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/pause_order.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::http;
using rdpwatch::test::http_get;
using rdpwatch::test::http_request;
using rdpwatch::test::HttpAnswer;
using rdpwatch::test::HttpClient;
using rdpwatch::test::ServedFleet;

namespace {

constexpr const char* kBrowser =
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n";

HttpAnswer post_form(const ServedFleet& fleet, const std::string& path, const std::string& body,
                     const std::string& headers = {}) {
  HttpClient client{fleet.port()};
  client.send("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers +
              "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.read_answer();
}

std::string token_in(const std::string& html) {
  const std::string before = "name=\"form_token\" value=\"";
  const auto at = html.find(before);
  return at == std::string::npos ? "" : html.substr(at + before.size(), 32);
}

}  // namespace

TEST_CASE("pages: a strict policy, no script, nothing from elsewhere") {
  const ServedFleet fleet{3};
  for (const char* door :
       {"/", "/targets/rds000000.corp.example%3A3389", "/runbook/", "/runbook/tcp_timeout"}) {
    CAPTURE(door);
    const auto page = http_get(fleet.port(), door);
    CHECK(page.status == 200);
    CHECK(page.headers.at("content-type") == "text/html; charset=utf-8");
    CHECK(page.headers.at("content-security-policy") ==
          "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'");
    CHECK(page.headers.at("x-content-type-options") == "nosniff");
    CHECK(page.headers.at("cache-control") == "no-store");
    CHECK_FALSE(page.headers.contains("refresh"));
    CHECK(page.body.find("<script") == std::string::npos);
  }
}

TEST_CASE("pages: style and icon come from us and may be kept, since their addresses change with them") {
  const ServedFleet fleet{1};
  const std::string page = http_get(fleet.port(), "/").body;
  for (const auto* asset : {&daemon::page::style_asset(), &daemon::page::icon_asset()}) {
    CHECK(page.find("href=\"" + asset->address + "\"") != std::string::npos);
    const auto answer = http_get(fleet.port(), asset->address);
    CHECK(answer.status == 200);
    CHECK(answer.body == asset->content);
    CHECK(answer.headers.at("content-type") == asset->content_type);
    CHECK(answer.headers.at("cache-control") == "max-age=31536000, immutable");
  }
}

TEST_CASE("first page: filters by its parameters, and loads again only when asked to") {
  const ServedFleet fleet{301};
  const auto first = http_get(fleet.port(), "/");
  CHECK(first.body.find("301 of 301 targets, page 1 of 4") != std::string::npos);
  CHECK(first.body.find("rds000006.corp") < first.body.find("rds000000.corp"));
  CHECK(http_get(fleet.port(), "/?verdict=failed").body.find("43 of 301 targets") != std::string::npos);
  CHECK(http_get(fleet.port(), "/?page=4&refresh=60").headers.at("refresh") == "60");
  CHECK(http_get(fleet.port(), "/?page=x").status == 400);
  CHECK(http_get(fleet.port(), "/?q=%").status == 400);
}

TEST_CASE("runbook door: reasons, families with a number and topics have pages") {
  const ServedFleet fleet{1};
  CHECK(http_get(fleet.port(), "/runbook/broker_error_1024").status == 200);
  CHECK(http_get(fleet.port(), "/runbook/daemon").body.find("RdpwatchDown") != std::string::npos);
  CHECK(http_get(fleet.port(), "/runbook/tcp_timeout").status == 200);
  CHECK(http_get(fleet.port(), "/runbook/nothing").status == 404);
}

TEST_CASE("errors: a page for browsers, a line for everyone else") {
  const ServedFleet fleet{1};
  for (const char* door : {"/nowhere", "/targets/nobody", "/runbook/nothing", "/?sort=x", "/-/reload"}) {
    CAPTURE(door);
    const auto page = http_get(fleet.port(), door, kBrowser);
    const auto line = http_get(fleet.port(), door);
    CHECK(page.status == line.status);
    CHECK(400 <= page.status);
    CHECK(page.headers.at("content-type") == "text/html; charset=utf-8");
    CHECK(page.headers.contains("content-security-policy"));
    CHECK(page.body.find("href=\"/runbook/\"") != std::string::npos);
    CHECK(line.headers.at("content-type") == "text/plain; charset=utf-8");
    CHECK(line.body.find('\n') == line.body.size() - 1);
  }
  CHECK(http_get(fleet.port(), "/targets/%3Cb%3E", kBrowser).body.find("&lt;b&gt;") != std::string::npos);
}

TEST_CASE("accept: HTML is sent for an error to those who ask for it by name") {
  CHECK(wants_html("text/html"));
  CHECK(wants_html("application/xml;q=0.9,TEXT/HTML;level=1"));
  CHECK(wants_html("text/html,text/plain;q=0.5"));
  CHECK_FALSE(wants_html(""));
  CHECK_FALSE(wants_html("*/*"));
  CHECK_FALSE(wants_html("text/html;q=0"));
  CHECK_FALSE(wants_html("text/html;q=0.5,text/plain"));
}

TEST_CASE("probe now: shut by default, then by the form of the page alone") {
  ServedFleet fleet{1};
  const std::string page = "/targets/rds000000.corp.example%3A3389";
  const std::string door = page + "/probe";
  CHECK(token_in(http_get(fleet.port(), page).body).empty());
  fleet.on_loop([&] { fleet.config->web.enable_probe_now = true; });
  const std::string field = "form_token=" + token_in(http_get(fleet.port(), page).body);
  fleet.on_loop([&] { fleet.config->web.enable_probe_now = false; });
  CHECK(post_form(fleet, door, field).status == 403);

  fleet.on_loop([&] { fleet.config->web.enable_probe_now = true; });
  CHECK(http_get(fleet.port(), door).status == 405);
  CHECK(post_form(fleet, door, "").status == 403);
  CHECK(post_form(fleet, door, field, "Sec-Fetch-Site: cross-site\r\n").status == 403);
  CHECK(post_form(fleet, "/targets/10.0.0.9/probe", field).status == 404);
  CHECK(fleet.probed_target.empty());
  fleet.on_loop([&] { fleet.audited.clear(); });

  const auto refused = post_form(fleet, door, field);
  CHECK(refused.status == 429);
  CHECK(refused.body.find("the connection budget allows no probe now. There is no") != std::string::npos);
  fleet.on_loop([&] { fleet.probe_result = {fleet.store.records()[0].last, {}, {"a line of the log"}}; });
  const auto answer = post_form(fleet, door, field, "Sec-Fetch-Site: same-origin\r\n");
  CHECK(answer.status == 200);
  CHECK(fleet.probed_target == "rds000000.corp.example:3389");
  CHECK(fleet.probed_module.empty());
  CHECK(answer.body.find("Probed just now: ") != std::string::npos);
  CHECK(answer.body.find("a line of the log\n") != std::string::npos);
  fleet.on_loop([&] {
    REQUIRE(fleet.audited.size() == 2);
    CHECK(fleet.audited[0].action == daemon::AuditAction::ProbeNow);
    CHECK(fleet.audited[0].from == "127.0.0.1");
    CHECK(fleet.audited[0].what == "rds000000.corp.example:3389");
    CHECK(fleet.audited[0].result == "refused: the connection budget allows no probe now");
    CHECK(fleet.audited[1].result == "done: ok");
  });
}

TEST_CASE("pause by the page: shut by default, then by its form alone; a reload sends nothing again") {
  ServedFleet fleet{1};
  const std::string page = "/targets/rds000000.corp.example%3A3389";
  CHECK(http_get(fleet.port(), page).body.find("Pause this target") == std::string::npos);
  CHECK(post_form(fleet, page + "/pause", "").status == 403);
  fleet.on_loop([&] { fleet.config->web.enable_pause = true; });
  const std::string field = "form_token=" + token_in(http_get(fleet.port(), page).body);
  CHECK(post_form(fleet, page + "/pause", "minutes=60&reason=patch").status == 403);
  for (const char* fields :
       {"&minutes=60", "&reason=patch", "&minutes=0&reason=patch", "&minutes=x&reason=patch",
        "&minutes=99999999999&reason=patch", "&minutes=60&reason=a%0Ab"}) {
    CAPTURE(fields);
    CHECK(post_form(fleet, page + "/pause", field + fields).status == 400);
  }
  CHECK(post_form(fleet, "/targets/nobody/pause", field + "&minutes=60&reason=x").status == 404);
  CHECK(fleet.pauses_asked.empty());
  const auto done = post_form(fleet, page + "/pause", field + "&minutes=60&reason=patch+night");
  CHECK(done.status == 303);
  CHECK(done.headers.at("location") == page);
  REQUIRE(fleet.pauses_asked.size() == 1);
  CHECK(fleet.pauses_asked[0].selector.targets == std::vector<std::string>{"rds000000.corp.example:3389"});
  CHECK(fleet.pauses_asked[0].duration == std::chrono::hours{1});
  CHECK(fleet.pauses_asked[0].reason == "patch night");
  CHECK(fleet.pauses_asked[0].from == "127.0.0.1");
  fleet.on_loop([&] {
    fleet.pause_refused = "there are too many pauses";
    fleet.audited.clear();
  });
  CHECK(post_form(fleet, page + "/pause", field + "&minutes=60&reason=x").status == 409);
  fleet.on_loop([&] { CHECK(fleet.audited.size() == 1); });
}

TEST_CASE("pause by the page: ends what was ordered for this target alone") {
  ServedFleet fleet{2};
  const std::string page = "/targets/rds000000.corp.example%3A3389";
  fleet.on_loop([&] { fleet.config->web.enable_pause = true; });
  const std::string field = "form_token=" + token_in(http_get(fleet.port(), page).body);
  CHECK(post_form(fleet, page + "/resume", field).status == 409);
  const auto order = [&fleet](std::vector<std::string> targets) {
    fleet.on_loop([&] {
      fleet.pauses.configure({}, fleet.config->targets, {});
      daemon::PauseOrder one;
      one.window.selector.targets = std::move(targets);
      one.window.duration = std::chrono::hours{1};
      REQUIRE(test::add_pause(fleet.pauses, one, {}));
    });
  };
  order({"rds000000.corp.example:3389", "rds000001.corp.example:3389"});
  CHECK(post_form(fleet, page + "/resume", field).status == 409);
  CHECK(fleet.pause_ended.empty());
  order({"rds000000.corp.example:3389"});
  CHECK(post_form(fleet, page + "/resume", field).status == 303);
  CHECK(fleet.pause_ended == "@127.0.0.1");
}
