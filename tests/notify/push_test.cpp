#include "daemon/notify/push.h"

#include <condition_variable>
#include <mutex>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/notify/beacon.h"
#include "daemon/report_json.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/web_peer.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::notify;
using namespace rdpwatch::test;
using namespace std::chrono_literals;

namespace {

Alert alert(const std::string& name) {
  return {
      std::make_shared<const AlertText>(AlertText{R"({"alertname":")" + name + R"("})", "{}", "http://x"}),
      std::chrono::system_clock::now(),
      {}};
}

/// What a pusher asked and is answered, without a network; and what it told.
struct Script {
  std::mutex mutex{};
  std::condition_variable changed{};
  std::vector<std::expected<HttpAnswer, std::string>> answers{};  ///< the last one for ever
  std::vector<HttpRequest> requests{};
  std::vector<std::string> told{};
  bool hang = false;
  std::chrono::milliseconds takes{0};  ///< each request

  Exchange exchange() {
    return
        [this](const HttpRequest& request, std::stop_token stop) -> std::expected<HttpAnswer, std::string> {
          std::unique_lock lock{mutex};
          requests.push_back(request);
          changed.notify_all();
          const std::stop_callback wake{stop, [this] { changed.notify_all(); }};
          if (hang) {
            while (!stop.stop_requested()) changed.wait_for(lock, 10ms);
            return std::unexpected{"stopped"};
          }
          if (takes != 0ms) changed.wait_for(lock, takes, [&] { return stop.stop_requested(); });
          return answers[std::min(requests.size(), answers.size()) - 1];
        };
  }
  Pusher::Events events() {
    return {[this](const std::string& name, const std::string& error) {
      const std::lock_guard lock{mutex};
      told.push_back(name + " " + error);
      changed.notify_all();
    }};
  }
  template <class Holds>
  bool wait(Holds holds) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, 60s, [&] { return holds(); });
  }
  std::size_t count() {
    const std::lock_guard lock{mutex};
    return requests.size();
  }
};

const config::Alertmanager kPeer{.url = "http://am:9093"};

bool eventually(const std::function<bool()>& holds) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(1ms))
    if (holds()) return true;
  return false;
}

}  // namespace

TEST_CASE("push: what a status means") {
  for (const long status : {200, 202}) CHECK(delivery_of({status}) == Delivery::Taken);
  for (const long status : {413, 422}) CHECK(delivery_of({status}) == Delivery::Refused);
  for (const long status : {0, 301, 307, 401, 403, 404, 415, 429, 500, 502, 503})
    CHECK(delivery_of({status}) == Delivery::Failed);
}

TEST_CASE("push: what 400 means, by who says it") {
  constexpr auto kJson = "application/json; charset=utf-8";
  // Alertmanager 0.25: of the alerts one had a label with a bad name; startsAt was no time.
  CHECK(delivery_of({400, R"("invalid label set: invalid name \"b-x\"")", "application/json"}) ==
        Delivery::PartlyTaken);
  const auto unread = R"({"code":400,"message":"parsing alerts body from \"\" failed, because ..."})";
  CHECK(delivery_of({400, unread, kJson}) == Delivery::Refused);
  for (const auto body :
       {"", "x", "{}", "[]", "null", "400", R"({"code":400})", R"({"error":"no route"})", "[["})
    CHECK(delivery_of({400, body, kJson}) == Delivery::Failed);
  CHECK(delivery_of({400, R"("a text")", "text/plain"}) == Delivery::Failed);
  CHECK(delivery_of({400, "The plain HTTP request was sent to HTTPS port", "text/html"}) == Delivery::Failed);
}

TEST_CASE("push: alerts go out at once, in one request, with an end four repetitions away") {
  Script script{.answers = {HttpAnswer{200, ""}}};
  Pusher pusher{kPeer, {.resend = 60s}, script.exchange(), script.events()};
  pusher.put({alert("a"), alert("b")});
  REQUIRE(script.wait([&] { return script.requests.size() == 1; }));
  CHECK(eventually([&] { return pusher.numbers().sent == 2; }));
  CHECK(pusher.numbers().errors == 0);
  CHECK(pusher.numbers().waiting == 0);
  CHECK(script.requests[0].url == "http://am:9093/api/v2/alerts");
  CHECK(script.requests[0].body.find(R"("alertname":"a")") != std::string::npos);
  CHECK(script.requests[0].timeout == 10s);
  CHECK(script.told.empty());
}

TEST_CASE("push: while one round of requests takes longer than the repetition, alerts last for four rounds") {
  Script script{.answers = {HttpAnswer{200, ""}}, .takes = 200ms};
  Pusher pusher{kPeer, {.resend = 1s, .batch = 1}, script.exchange(), script.events()};
  std::vector<Alert> alerts;
  for (int i = 0; i < 20; ++i) alerts.push_back(alert(std::to_string(i)));
  pusher.put(alerts);
  REQUIRE(script.wait([&] { return 2 <= script.requests.size(); }));
  const std::lock_guard lock{script.mutex};
  const std::string end = nlohmann::json::parse(script.requests[1].body)[0]["endsAt"];
  CHECK(daemon::utc_milliseconds(std::chrono::system_clock::now() + 10s) < end);  // 4 * 20 * 200 ms away
}

TEST_CASE("push: an Alertmanager's 400 is an error, but the alerts are not held back for it") {
  Script script{.answers = {HttpAnswer{400, R"("bad \u0001 label")", "application/json"}}};
  Pusher pusher{kPeer, {}, script.exchange(), script.events()};
  pusher.put({alert("a")});
  CHECK(eventually([&] { return pusher.numbers().errors == 1; }));
  CHECK(pusher.numbers().waiting == 0);
  CHECK(script.wait([&] { return script.told.size() == 1; }));
  CHECK(script.told[0] == R"(http://am:9093 HTTP status 400: "bad \u0001 label")");
}

TEST_CASE("push: a 400 of somebody else is told as such, and all is sent again") {
  Script script{.answers = {HttpAnswer{400, "bad \x01 host", "text/html"}, HttpAnswer{200, ""}}};
  Pusher pusher{kPeer, {.first_backoff = 0s, .longest_backoff = 0s}, script.exchange(), script.events()};
  pusher.put({alert("a")});
  CHECK(eventually([&] { return pusher.numbers().sent == 1; }));
  CHECK(pusher.numbers().errors == 1);
  CHECK(script.wait([&] { return script.told.size() == 2; }));
  CHECK(script.told[0] == "http://am:9093 HTTP status 400 not from an Alertmanager: bad \uFFFD host");
}

TEST_CASE("push: after 422 each alert goes alone, and the good ones get through") {
  Script script{
      .answers = {HttpAnswer{422, ""}, HttpAnswer{200, ""}, HttpAnswer{422, ""}, HttpAnswer{200, ""}}};
  Pusher pusher{kPeer, {}, script.exchange(), script.events()};
  pusher.put({alert("a"), alert("b"), alert("c")});
  CHECK(eventually([&] { return pusher.numbers().sent == 2; }));
  CHECK(pusher.numbers().errors == 2);
  CHECK(script.count() == 4);
}

TEST_CASE("push: who cannot be reached gets everything later, and both are said once") {
  Script script{.answers = {std::unexpected{"connection refused"}, HttpAnswer{503, ""}, HttpAnswer{200, ""}}};
  Pusher pusher{kPeer, {.first_backoff = 0s, .longest_backoff = 0s}, script.exchange(), script.events()};
  pusher.put({alert("a")});
  CHECK(eventually([&] { return pusher.numbers().sent == 1; }));
  CHECK(pusher.numbers().errors == 2);
  const std::vector<std::string> told{"http://am:9093 connection refused", "http://am:9093 "};
  CHECK(script.wait([&] { return script.told == told; }));
}

TEST_CASE("fault news: begins, ends, and changes, of faults at most one a minute") {
  FaultNews news;
  FaultNews::Time now{1h};
  CHECK_FALSE(news.is_news({}, now));
  CHECK(news.is_news(0, now));
  CHECK_FALSE(news.is_news(0, now + 1h));
  now += 1h;
  CHECK(news.is_news(401, now));  // it answers, but
  CHECK_FALSE(news.is_news(503, now + 59s));
  CHECK_FALSE(news.is_news(401, now + 2min));
  CHECK(news.is_news(503, now + 60s));
  CHECK(news.is_news({}, now + 61s));
  CHECK_FALSE(news.is_news(503, now + 62s));  // and the end of what was not told is not told either
  CHECK_FALSE(news.is_news({}, now + 63s));
  CHECK(news.is_news(0, now + 2min));
}

TEST_CASE("push: secrets are read at each use, and their lack is an error that does not tell them") {
  const ScratchFolder folder;
  folder.write("token", " first\n");
  Script script{.answers = {HttpAnswer{200, ""}}};
  const config::Alertmanager peer{.url = "http://am", .bearer_token_file = folder.path("token")};
  Pusher pusher{peer, {.first_backoff = 0s, .longest_backoff = 0s}, script.exchange(), script.events()};
  pusher.put({alert("a")});
  REQUIRE(script.wait([&] { return script.requests.size() == 1; }));
  CHECK(script.requests[0].bearer_token == "first");
  folder.write("token", "sec\nret");
  pusher.put({alert("b")});
  REQUIRE(script.wait([&] { return script.told.size() == 1; }));
  CHECK(script.told[0].find("has control characters") != std::string::npos);
  CHECK(script.told[0].find('\n') == std::string::npos);
  folder.write("token", "second");
  REQUIRE(script.wait([&] { return script.requests.size() == 2; }));
  CHECK(script.requests[1].bearer_token == "second");
}

TEST_CASE("push: a stop sends what is due, once, and does not wait for who is mute") {
  SUBCASE("there is time") {
    Script script{.answers = {HttpAnswer{200, ""}}};
    {
      Pusher pusher{kPeer, {}, script.exchange(), script.events()};
      pusher.put({alert("a")});
      pusher.finish();
      CHECK(pusher.wait_until(Queue::Clock::now() + 60s));
    }
    CHECK(script.count() == 1);
  }
  SUBCASE("nobody is there") {
    Script script{.answers = {std::unexpected{"refused"}}};
    {
      Pusher pusher{
          kPeer, {.first_backoff = 600s, .longest_backoff = 600s}, script.exchange(), script.events()};
      pusher.put({alert("a")});
      pusher.finish();
      CHECK(pusher.wait_until(Queue::Clock::now() + 60s));
    }
    CHECK(script.count() == 1);  // and no other, however long the stop takes
  }
  SUBCASE("it is mute") {
    Script script{.hang = true};
    const auto begin = std::chrono::steady_clock::now();
    {
      Pusher pusher{kPeer, {}, script.exchange(), script.events()};
      pusher.put({alert("a")});
      pusher.finish();
      CHECK_FALSE(pusher.wait_until(Queue::Clock::now() + 50ms));
    }
    CHECK(std::chrono::steady_clock::now() - begin < 30s);
    CHECK(script.count() == 1);
  }
}

TEST_CASE("push: over a real connection, from closing and failing to success") {
  WebPeer peer{std::vector<std::string>{"HTTP/1.1 500 Oops\r\n\r\n", "nonsense", web_answer("200 OK", "")}};
  Script script;
  Pusher pusher{
      {.url = peer.url()}, {.first_backoff = 0s, .longest_backoff = 0s}, make_exchange(), script.events()};
  pusher.put({alert("a")});
  CHECK(eventually([&] { return pusher.numbers().sent == 1; }));
  CHECK(pusher.numbers().errors == 2);
  CHECK(peer.requests().back().find(R"([{"labels":{"alertname":"a"},"annotations":{},"startsAt":")") !=
        std::string::npos);
}

TEST_CASE("beacon: a call is one request; what fails is said once, and so is its end") {
  Script script{
      .answers = {HttpAnswer{200, ""}, HttpAnswer{500, ""}, std::unexpected{"refused"}, HttpAnswer{204, ""}}};
  Beacon beacon{"http://x/secret", script.exchange(), [&](const std::string& error) {
                  const std::lock_guard lock{script.mutex};
                  script.told.push_back(error);
                  script.changed.notify_all();
                }};
  for (std::size_t call = 1; call <= 4; ++call) {
    // A call that comes before the last one is settled is left out: so it is made until it counts.
    CHECK(eventually([&] {
      if (script.count() < call) beacon.call();
      return call <= script.count();
    }));
  }
  const std::vector<std::string> told{"HTTP status 500", ""};
  CHECK(script.wait([&] { return script.told == told; }));
  CHECK(script.requests[0].body.empty());
}
