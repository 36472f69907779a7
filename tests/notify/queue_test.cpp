#include "daemon/notify/queue.h"

#include <string>

#include <doctest/doctest.h>

using namespace rdpwatch::daemon::notify;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{std::chrono::seconds{1'795'000'000}};

Alert alert(const std::string& name, const std::string& words = "") {
  return {std::make_shared<const AlertText>(AlertText{"{\"alertname\":\"" + name + "\"}", words, ""}),
          kStart,
          {}};
}
Alert ended(Alert alert) {
  alert.ended = kStart + 1min;
  return alert;
}

struct Clocked {
  Queue queue;
  Queue::Time now{1h};
  explicit Clocked(const Queue::Options& options = {}) : queue{options} {}
  void put(const Alert& alert) { queue.put(alert, now); }
  std::size_t due() { return queue.due(now).size(); }
  /// Sends all that is due; how many alerts it was.
  std::size_t deliver() {
    std::size_t count = 0;
    for (auto batch = queue.due(now); !batch.empty(); batch = queue.due(now)) {
      count += batch.size();
      queue.delivered(now);
    }
    return count;
  }
};

}  // namespace

TEST_CASE("queue: what fires is sent at once, and again each minute") {
  Clocked clocked;
  CHECK_FALSE(clocked.queue.next().has_value());
  clocked.put(alert("a"));
  CHECK(clocked.queue.waiting() == 1);
  CHECK(clocked.deliver() == 1);
  CHECK(clocked.queue.waiting() == 0);
  clocked.put(alert("a"));  // nothing new
  CHECK(clocked.due() == 0);
  CHECK(clocked.queue.next() == clocked.now + 60s);
  for (int minute = 0; minute < 100; ++minute) {
    clocked.now += 60s;
    CHECK(clocked.deliver() == 1);
  }
}

TEST_CASE("queue: other words are sent at once") {
  Clocked clocked;
  clocked.put(alert("a", "x"));
  clocked.deliver();
  clocked.put(alert("a", "y"));
  const auto batch = clocked.queue.due(clocked.now);
  REQUIRE(batch.size() == 1);
  CHECK(batch[0].text->annotations == "y");
  CHECK(clocked.queue.size() == 1);
}

TEST_CASE("queue: an end is repeated for a quarter of an hour, then forgotten") {
  Clocked clocked;
  clocked.put(alert("a"));
  clocked.deliver();
  clocked.put(ended(alert("a")));
  int sent = 0;
  for (int second = 0; second < 3600; ++second, clocked.now += 1s)
    sent += static_cast<int>(clocked.deliver());
  CHECK(sent == 16);
  CHECK(clocked.queue.size() == 0);
}

TEST_CASE("queue: an hour without an answer loses nothing, and is not a flood") {
  Clocked clocked;
  for (int i = 0; i < 300; ++i) clocked.put(alert("lasting" + std::to_string(i)));
  for (int i = 0; i < 300; ++i) clocked.put(alert("passing" + std::to_string(i)));
  int tries = 0;
  for (int second = 0; second < 3600; ++second, clocked.now += 1s) {
    if (second == 1800)
      for (int i = 0; i < 300; ++i) clocked.put(ended(alert("passing" + std::to_string(i))));
    if (clocked.due() == 0) continue;
    clocked.queue.failed(clocked.now);
    ++tries;
  }
  CHECK(50 < tries);
  CHECK(tries < 80);  // 1, 2, 4, ... 60 s apart
  CHECK(clocked.queue.waiting() == 600);
  CHECK(clocked.queue.dropped() == 0);
  clocked.now += 60s;
  CHECK(clocked.deliver() == 600);
  clocked.now += 60s;
  CHECK(clocked.deliver() == 600);  // ends are repeated from their delivery on
  CHECK(clocked.queue.waiting() == 0);
}

TEST_CASE("queue: after a failure the next try is at the end of the pause, whatever comes in") {
  Clocked clocked;
  clocked.put(alert("a"));
  CHECK(clocked.due() == 1);
  clocked.queue.failed(clocked.now);
  clocked.put(alert("b"));
  CHECK(clocked.due() == 0);
  CHECK(clocked.queue.next() == clocked.now + 1s);
  clocked.now += 1s;
  CHECK(clocked.deliver() == 2);
  clocked.put(alert("c"));
  CHECK(clocked.due() == 1);  // the pause is forgotten
}

TEST_CASE("queue: what changes while it is under way is not taken for delivered") {
  Clocked clocked;
  clocked.put(alert("a"));
  CHECK(clocked.due() == 1);
  clocked.put(ended(alert("a")));
  clocked.queue.delivered(clocked.now);
  CHECK(clocked.queue.waiting() == 1);
  const auto batch = clocked.queue.due(clocked.now);
  REQUIRE(batch.size() == 1);
  CHECK(batch[0].ended.has_value());
}

TEST_CASE("queue: batches have a limit, the longest waiting come first") {
  Clocked clocked{{.batch = 10}};
  for (int i = 0; i < 25; ++i) {
    clocked.put(alert(std::to_string(i)));
    clocked.now += 1s;
  }
  CHECK(clocked.queue.due(clocked.now)[0].text->labels == R"({"alertname":"0"})");
  CHECK(clocked.due() == 10);
  clocked.queue.delivered(clocked.now);
  CHECK(clocked.due() == 10);
  clocked.queue.delivered(clocked.now);
  CHECK(clocked.due() == 5);
}

TEST_CASE("queue: a request that is refused as a whole is sent alert by alert, and blocks nothing") {
  Clocked clocked;
  for (const char* name : {"good", "bad", "fine"}) clocked.put(alert(name));
  CHECK(clocked.due() == 3);
  clocked.queue.refused(clocked.now);
  int good = 0;
  int requests = 0;
  for (auto batch = clocked.queue.due(clocked.now); !batch.empty() && requests < 20;
       batch = clocked.queue.due(clocked.now)) {
    ++requests;
    REQUIRE(batch.size() == 1);
    if (batch[0].text->labels.find("bad") != std::string::npos) {
      clocked.queue.refused(clocked.now);
    } else {
      clocked.queue.delivered(clocked.now);
      ++good;
    }
  }
  CHECK(good == 2);
  CHECK(requests == 3);
  clocked.now += 60s;
  CHECK(clocked.due() < 3);  // the bad one stays alone
}

TEST_CASE("queue: a full one drops what is new, says so, and takes it when there is room") {
  Clocked clocked{{.resolved_for = 60s, .capacity = 2}};
  clocked.put(alert("a"));
  clocked.put(alert("b"));
  clocked.put(alert("c"));
  CHECK(clocked.queue.size() == 2);
  CHECK(clocked.queue.dropped() == 1);
  clocked.put(ended(alert("a")));  // known: not dropped
  CHECK(clocked.queue.dropped() == 1);
  clocked.deliver();
  clocked.now += 60s;
  clocked.deliver();
  CHECK(clocked.queue.size() == 1);
  clocked.put(alert("c"));
  CHECK(clocked.queue.size() == 2);
  CHECK(clocked.queue.dropped() == 1);
}
