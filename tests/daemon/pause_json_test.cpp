#include "daemon/pause_json.h"

#include <limits>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;

TEST_CASE("pause request: what a client asks for") {
  const auto request = pause_request_from(
      R"({"targets":["rds01:3389","rds02*"],"labels":{"site":"fra","pool":"x"},"duration":"1h30m","reason":"disk","who":"ann"})");
  REQUIRE(request);
  CHECK(request->selector.targets == std::vector<std::string>{"rds01:3389", "rds02*"});
  CHECK(request->selector.labels ==
        std::vector<std::pair<std::string, std::string>>{{"pool", "x"}, {"site", "fra"}});
  CHECK(request->duration == 90min);
  CHECK(request->reason == "disk");
  CHECK(request->who == "ann");
  CHECK(pause_request_from(R"({"labels":{"site":"fra"},"duration":"90d","reason":"x"})"));
}

TEST_CASE("pause request: each fault has its sentence, and nothing hostile passes") {
  const std::string deep(10'000, '[');
  const auto many_of = [](std::size_t count, const char* target) {
    auto json = nlohmann::json{{"duration", "1h"}, {"reason", "x"}};
    json["targets"] = std::vector<std::string>(count, target);
    return json.dump();
  };
  CHECK(pause_request_from(many_of(1000, "a")));
  CHECK(pause_request_from(many_of(20, "a*")));
  const std::string many = many_of(1001, "a");
  const std::string stars = many_of(21, "a*");
  for (const std::string_view body :
       {std::string_view{""},
        std::string_view{"{"},
        std::string_view{"[]"},
        std::string_view{"null"},
        std::string_view{deep},
        std::string_view{many},
        std::string_view{stars},
        std::string_view{R"({})"},
        std::string_view{R"({"duration":"1h","reason":"x"})"},
        std::string_view{R"({"targets":[],"labels":{},"duration":"1h","reason":"x"})"},
        std::string_view{R"({"targets":"a","duration":"1h","reason":"x"})"},
        std::string_view{R"({"targets":[1],"duration":"1h","reason":"x"})"},
        std::string_view{R"({"targets":["a\n"],"duration":"1h","reason":"x"})"},
        std::string_view{R"({"targets":["a"],"duration":3600,"reason":"x"})"},
        std::string_view{R"({"targets":["a"],"duration":"59s","reason":"x"})"},
        std::string_view{R"({"targets":["a"],"duration":"91d","reason":"x"})"},
        std::string_view{R"({"targets":["a"],"duration":"-1h","reason":"x"})"},
        std::string_view{R"({"targets":["a"],"reason":"x"})"},
        std::string_view{R"({"targets":["a"],"duration":"1h"})"},
        std::string_view{R"({"targets":["a"],"duration":"1h","reason":"a\u001b[2J"})"},
        std::string_view{R"({"targets":["a"],"duration":"1h","reason":"x","who":7})"},
        std::string_view{R"({"targets":["a"],"duration":"1h","reason":"x","user":"root"})"},
        std::string_view{R"({"labels":{"site":1},"duration":"1h","reason":"x"})"},
        std::string_view{R"({"labels":{"__x":"a"},"duration":"1h","reason":"x"})"}}) {
    CAPTURE(body);
    const auto request = pause_request_from(body);
    REQUIRE_FALSE(request);
    CHECK_FALSE(request.error().empty());
    CHECK(request.error().find('\n') == std::string::npos);
  }
}

TEST_CASE("pause orders: what is kept reads back the same; what is none is told") {
  const std::vector<PauseOrder> orders{
      {"3",
       {{{"a", "b*"}, {{"site", "fra"}}}, "disk", std::chrono::sys_seconds{1795348800s}, {}, 2h},
       "ann"}};
  const std::chrono::sys_seconds now{1795348801s};
  CHECK(pause_orders_from(to_json(orders), now) == orders);
  CHECK(pause_orders_from(nlohmann::json::array(), now).empty());
  for (const char* text : {R"([1])", R"([{"id":3}])", R"([{"id":"3","who":"x","targets":{},"labels":[]}])"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(pause_orders_from(nlohmann::json::parse(text), now), nlohmann::json::exception);
  }
}

TEST_CASE("pause orders: times that cannot be are brought to what can") {
  const std::vector<PauseOrder> orders{{"3", {{{"a"}, {}}, "disk", {}, {}, 2h}, "ann"}};
  const std::chrono::sys_seconds now{1795348800s};
  const auto read = [&](const char* key, const nlohmann::json& value) {
    auto saved = to_json(orders);
    saved[0][key] = value;
    return pause_orders_from(saved, now + 1ms)[0].window;
  };
  CHECK(read("start", 1795348900).start == now);  // saved by a clock that went ahead
  CHECK(read("start", std::numeric_limits<std::int64_t>::max()).start == now);
  CHECK(read("start", std::numeric_limits<std::int64_t>::min()).start == std::chrono::sys_seconds{});
  CHECK(read("start", 1795348700).start == now - 100s);
  CHECK(read("duration_seconds", std::numeric_limits<std::int64_t>::max()).duration == 90 * 24h);
  CHECK(read("duration_seconds", -1).duration == 0s);
  CHECK_THROWS_AS(read("start", 1e300), std::out_of_range);
  CHECK_THROWS_AS(read("start", std::numeric_limits<std::uint64_t>::max()), std::out_of_range);
}

TEST_CASE("selectors in words: short, whatever their length") {
  CHECK(to_text(config::Selector{{"a", "b"}, {{"pool", "x"}, {"site", "fra"}}}) ==
        "targets a, b; labels pool=x, site=fra");
  CHECK(to_text(config::Selector{{}, {{"site", "fra"}}}) == "labels site=fra");
  CHECK(to_text(config::Selector{{"1", "2", "3", "4", "5", "6", "7"}, {}}) ==
        "targets 1, 2, 3, 4, 5 and 2 more");
}
