#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/http_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/pause_order.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using rdpwatch::test::http_get;
using rdpwatch::test::http_request;
using rdpwatch::test::HttpAnswer;
using rdpwatch::test::HttpClient;
using rdpwatch::test::ServedFleet;

namespace {

constexpr std::string_view kBody = R"({"labels":{"site":"site-01"},"duration":"2h","reason":"patch night"})";

HttpAnswer post(const ServedFleet& fleet, std::string_view body, const std::string& headers = {},
                const std::string& path = "/api/v1/pauses") {
  HttpClient client{fleet.port()};
  client.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
              headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
  return client.read_answer();
}

void enable(ServedFleet& fleet) {
  fleet.on_loop([&] { fleet.config->web.enable_pause = true; });
}

}  // namespace

TEST_CASE("pause doors: shut by default, with a sentence; the list is open") {
  ServedFleet fleet{3};
  const auto refused = post(fleet, kBody);
  CHECK(refused.status == 403);
  CHECK(refused.body == "pauses by HTTP are not enabled (web.enable_pause)\n");
  CHECK(post(fleet, "", {}, "/api/v1/pauses/7/end").status == 403);
  CHECK(fleet.pauses_asked.empty());
  CHECK(http_get(fleet.port(), "/api/v1/pauses").body == "{\"pauses\":[]}\n");
}

TEST_CASE("pause doors: an order is handed on with who asked, and answered by its id") {
  ServedFleet fleet{3};
  enable(fleet);
  const auto done = post(fleet, kBody, "X-Forwarded-For: 10.9.9.9\r\nX-Forwarded-User: root\r\n");
  CHECK(done.status == 201);
  CHECK(done.body == "{\"id\":\"7\"}\n");
  REQUIRE(fleet.pauses_asked.size() == 1);
  CHECK(fleet.pauses_asked[0].from == "127.0.0.1");
  CHECK(fleet.pauses_asked[0].user.empty());
  CHECK(fleet.pauses_asked[0].duration == 2h);
  CHECK(post(fleet, "", {}, "/api/v1/pauses/7/end").status == 200);
  CHECK(fleet.pause_ended == "@127.0.0.1");
  CHECK(post(fleet, "", {}, "/api/v1/pauses/8/end").status == 404);
}

TEST_CASE("pause doors: what is not asked for properly is refused") {
  ServedFleet fleet{3};
  enable(fleet);
  CHECK(post(fleet, "{").status == 400);
  CHECK(post(fleet, kBody, "Sec-Fetch-Site: cross-site\r\n").status == 403);
  CHECK(http_request(fleet.port(), "POST", "/api/v1/pauses").status == 415);
  CHECK(http_request(fleet.port(), "DELETE", "/api/v1/pauses").status == 405);
  CHECK(fleet.pauses_asked.empty());
  fleet.on_loop([&] { fleet.pause_refused = "no target has these ids and labels"; });
  const auto none = post(fleet, kBody);
  CHECK(none.status == 409);
  CHECK(none.body == "no target has these ids and labels\n");
  const std::string large = R"({"reason":")" + std::string(32 * 1024, 'x') + "\"}";
  CHECK(post(fleet, large).body == "say which targets are meant, by targets, labels or both\n");
  CHECK(fleet.pauses_asked.size() == 1);
}

TEST_CASE("pause doors: as many targets as a pause may name fit into its request") {
  ServedFleet fleet{3};
  enable(fleet);
  std::string ids;
  for (int i = 0; i < 1000; ++i)
    ids += (i == 0 ? "\"" : ",\"") + std::string(40, 'h') + std::to_string(i) + ":3389\"";
  CHECK(post(fleet, R"({"targets":[)" + ids + R"(],"duration":"2h","reason":"patch night"})").status == 201);
  REQUIRE(fleet.pauses_asked.size() == 1);
  CHECK(fleet.pauses_asked[0].selector.targets.size() == 1000);
}

TEST_CASE("pause doors: the list shows windows and orders") {
  ServedFleet fleet{40};
  fleet.on_loop([&] {
    config::Maintenance window{{{"*"}, {}}, "restarts", {}, {0s, 24h}, 1h};
    fleet.pauses.configure({window}, fleet.config->targets, {});
    fleet.pauses.look_up(40, {});
    window = {{{}, {{"site", "site-01"}}}, "patch", std::chrono::sys_seconds{}, {}, 2h};
    test::add_pause(fleet.pauses, {{}, window, "ann"}, {});
  });
  const auto list = nlohmann::json::parse(http_get(fleet.port(), "/api/v1/pauses").body)["pauses"];
  REQUIRE(list.size() == 2);
  CHECK_FALSE(list[0].contains("id"));
  CHECK(list[0]["selects"] == 40);
  CHECK_FALSE(list[0].contains("end"));
  CHECK(list[1]["id"] == "1");
  CHECK(list[1]["who"] == "ann");
  CHECK(list[1]["active"] == true);
  CHECK(list[1]["labels"]["site"] == "site-01");
  CHECK(list[1]["end"] == "1970-01-01T02:00:00Z");
  CHECK(list[1]["selects"] == 2);
}

TEST_CASE("probe door: a paused target is not probed, and its page says no more than that") {
  ServedFleet fleet{2};
  const std::string id = fleet.config->targets[0]->id;
  const auto pause = [&](bool over) {
    fleet.on_loop([&] {
      fleet.store.set_pause(0, std::make_shared<const daemon::Pause>(daemon::Pause{{}, "x", "ann", over}));
    });
  };
  const auto scrape = [&](const std::string& more = {}) {
    fleet.on_loop([&] { fleet.probed_target.clear(); });
    return http_get(fleet.port(), "/probe?target=" + id + more);
  };
  pause(false);
  const auto known = scrape();
  CHECK(known.status == 200);
  CHECK(fleet.probed_target.empty());
  CHECK(known.body.find("\nrdpwatch_target_paused 1\n") != std::string::npos);
  CHECK(known.body.find("\nrdp_probe_cached 1\n") != std::string::npos);
  CHECK(known.body.find("probe_success") == std::string::npos);
  const auto target = nlohmann::json::parse(http_get(fleet.port(), "/api/v1/targets/" + id).body);
  CHECK(target["paused"]["who"] == "ann");
  CHECK(target["verdict"] == "ok");

  scrape("&debug=true");
  CHECK(fleet.probed_target == id);
  pause(true);
  scrape();
  CHECK(fleet.probed_target == id);
}

TEST_CASE("doors: a request to change something that is refused leaves a line in the audit, once") {
  ServedFleet fleet{3};
  const auto refusal = [&](const std::function<void()>& ask) {
    fleet.on_loop([&] { fleet.audited.clear(); });
    ask();
    std::string line;
    fleet.on_loop([&] {
      if (fleet.audited.size() != 1) return;
      const auto& [action, who, from, what, result] = fleet.audited[0];
      line = (action == daemon::AuditAction::Request ? from : "the keeper") + "|" + what + "|" + result;
    });
    return line;
  };
  const std::string begin = "127.0.0.1|POST /api/v1/pauses|refused: ";
  CHECK(refusal([&] { post(fleet, kBody); }) == begin + "pauses by HTTP are not enabled (web.enable_pause)");
  enable(fleet);
  CHECK(refusal([&] { post(fleet, "[]"); }) == begin + "the body must be a JSON object");
  CHECK(refusal([&] { post(fleet, kBody, "Origin: http://evil.example\r\nAccept: text/html\r\n"); }) ==
        begin + "a page of another site may not ask for this");
  CHECK(refusal([&] { post(fleet, kBody, {}, "/" + std::string(500, 'x')); }).size() < 350);
  CHECK(refusal([&] { post(fleet, kBody); }) == "the keeper|labels site=site-01|done");
  fleet.on_loop([&] { fleet.pause_refused = "there are too many pauses"; });
  CHECK(refusal([&] { post(fleet, kBody); }) ==
        "the keeper|labels site=site-01|refused: there are too many pauses");
  fleet.on_loop([&] { fleet.pause_refused.clear(); });
  CHECK(refusal([&] { http_get(fleet.port(), "/nothing"); }).empty());
}

TEST_CASE("reload door: it leaves its line in the audit") {
  ServedFleet fleet{1};
  fleet.on_loop([&] { fleet.config->web.enable_reload = true; });
  http_request(fleet.port(), "POST", "/-/reload");
  REQUIRE(fleet.audited.size() == 1);
  CHECK(fleet.audited[0].action == daemon::AuditAction::Reload);
  CHECK(fleet.audited[0].from == "127.0.0.1");
  CHECK(fleet.audited[0].result == "done, nothing changed");
}
