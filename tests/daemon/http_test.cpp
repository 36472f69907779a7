#include <doctest/doctest.h>
#include <zlib.h>

#include "daemon/http/listen.h"
#include "daemon/http/negotiate.h"
#include "daemon/http/url.h"
#include "tests/daemon/http_fixture.h"
#include "tests/support/exposition.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::http;
using rdpwatch::daemon::metrics::Format;
using rdpwatch::test::http_get;
using rdpwatch::test::http_request;
using rdpwatch::test::HttpClient;
using rdpwatch::test::ServedFleet;

namespace {

std::string gunzip(const std::string& packed) {
  z_stream zlib{};
  REQUIRE(inflateInit2(&zlib, 15 + 16) == Z_OK);
  std::string copy = packed;
  zlib.next_in = reinterpret_cast<Bytef*>(copy.data());
  zlib.avail_in = static_cast<uInt>(copy.size());
  std::string plain;
  int status = Z_OK;
  while (status == Z_OK) {
    std::string room(65536, '\0');
    zlib.next_out = reinterpret_cast<Bytef*>(room.data());
    zlib.avail_out = static_cast<uInt>(room.size());
    status = inflate(&zlib, Z_NO_FLUSH);
    plain.append(room, 0, room.size() - zlib.avail_out);
  }
  inflateEnd(&zlib);
  REQUIRE(status == Z_STREAM_END);
  return plain;
}

/// The series of the targets: those of the process change from scrape to scrape.
std::string without_self(const std::string& page) { return page.substr(0, page.find("# HELP process_")); }

}  // namespace

TEST_CASE("url: percent encoding is undone exactly, broken sequences are refused") {
  CHECK(percent_encode("rds 01:3389/ü") == "rds%2001%3A3389%2F%C3%BC");
  CHECK(percent_decode("rds%2001%3a3389%2F%C3%BC") == "rds 01:3389/ü");
  CHECK(percent_decode("a+b") == "a+b");
  for (const char* broken : {"%", "%4", "%zz", "a%2", "%-1", "%+1"}) CHECK_FALSE(percent_decode(broken));
  const auto query = parse_query("a=1&b=x+y&&c&a=2&d=%26");
  REQUIRE(query);
  CHECK(query->at("a") == "1");
  CHECK(query->at("b") == "x y");
  CHECK(query->at("c").empty());
  CHECK(query->at("d") == "&");
  CHECK_FALSE(parse_query("a=%"));
}

TEST_CASE("accept: the format follows the weights, unknown parameters are ignored") {
  CHECK(choose_format("") == Format::Text);
  CHECK(choose_format("*/*") == Format::Text);
  CHECK(choose_format("text/html") == Format::Text);
  CHECK(
      choose_format("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1") ==
      Format::OpenMetrics);
  CHECK(choose_format("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                      "text/plain;version=0.0.4;q=0.5") == Format::OpenMetrics);
  CHECK(choose_format("application/openmetrics-text; version=1.0.0; q=0.2, text/plain;q=0.9") ==
        Format::Text);
  CHECK(choose_format("application/openmetrics-text;version=0.0.1") == Format::Text);
  CHECK(choose_format("application/openmetrics-text;q=0") == Format::Text);
  CHECK(choose_format("application/openmetrics-text;q=0.5,text/plain;q=0.1,*/*") == Format::OpenMetrics);
  CHECK(choose_format("APPLICATION/OpenMetrics-Text") == Format::OpenMetrics);
  CHECK(choose_format(";;;,,,q=;=,") == Format::Text);
  CHECK(accepts_gzip("gzip"));
  CHECK(accepts_gzip("deflate, gzip;q=0.5"));
  CHECK(accepts_gzip("*"));
  CHECK_FALSE(accepts_gzip(""));
  CHECK_FALSE(accepts_gzip("gzip;q=0"));
  CHECK_FALSE(accepts_gzip("*, gzip;q=0"));
  CHECK_FALSE(accepts_gzip("br"));
}

TEST_CASE("listen: addresses are read as written, and errors name them") {
  CHECK(to_text(*parse_listen_address("127.0.0.1:80")) == "127.0.0.1:80");
  CHECK(to_text(*parse_listen_address("[::1]:80")) == "[::1]:80");
  CHECK(to_text(*parse_listen_address(":80")) == "[::]:80");
  CHECK(to_text(*parse_listen_address("localhost:80")) == "127.0.0.1:80");
  for (const char* bad : {"", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8x", "::1:80",
                          "[127.0.0.1]:80", "example.org:80"}) {
    CAPTURE(bad);
    const auto endpoint = parse_listen_address(bad);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().starts_with("cannot listen on " + std::string{bad} + ": "));
  }
}

TEST_CASE("server: a port that is taken is said so, and nothing listens") {
  const ServedFleet fleet{1};
  asio::io_context io;
  HttpServer server{io, [](const Request&, const Reply&) {}};
  const std::string taken = "127.0.0.1:" + std::to_string(fleet.port());
  const auto started = server.start({"127.0.0.1:0", taken});
  REQUIRE_FALSE(started);
  CHECK(started.error() == "cannot listen on " + taken + ": another program listens there already");
  CHECK(server.addresses().empty());
}

TEST_CASE("server: listens on several addresses of both families") {
  asio::io_context io;
  HttpServer server{io, [](const Request&, const Reply& reply) { reply(text_response(200, "here")); }};
  REQUIRE(server.start({"127.0.0.1:0", "[::1]:0"}));
  const auto addresses = server.addresses();
  REQUIRE(addresses.size() == 2);
  CHECK(addresses[0].starts_with("127.0.0.1:"));
  CHECK(addresses[1].starts_with("[::1]:"));
  server.stop();
  io.run();
}

TEST_CASE("metrics door: both formats with their exact types, whole and without defects") {
  const ServedFleet fleet{50};
  const auto text = http_get(fleet.port(), "/metrics");
  CHECK(text.status == 200);
  CHECK(text.whole);
  CHECK(text.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(test::page_defects(text.body).empty());
  const auto open = http_get(fleet.port(), "/metrics", "Accept: application/openmetrics-text\r\n");
  CHECK(open.headers.at("content-type") == "application/openmetrics-text; version=1.0.0; charset=utf-8");
  CHECK(open.body.ends_with("# EOF\n"));
  CHECK(test::page_defects(open.body).empty());
}

TEST_CASE("metrics door: gzip comes back as the same page") {
  const ServedFleet fleet{300};
  const auto plain = http_get(fleet.port(), "/metrics");
  const auto packed = http_get(fleet.port(), "/metrics", "Accept-Encoding: gzip\r\n");
  CHECK(packed.whole);
  CHECK(packed.headers.at("content-encoding") == "gzip");
  CHECK(packed.body.size() < plain.body.size() / 5);
  CHECK(without_self(gunzip(packed.body)) == without_self(plain.body));
  CHECK_FALSE(plain.headers.contains("content-encoding"));
}

TEST_CASE("metrics door: a page survives the replacement of all targets while it is read") {
  ServedFleet fleet{3'000};
  HttpClient client{fleet.port(), 4096};
  client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  fleet.on_loop([&] { fleet.store.replace(*test::fake_config(1)); });
  const auto answer = client.read_answer();
  CHECK(answer.whole);
  CHECK(test::page_defects(answer.body).empty());
  const auto count = test::samples_named(test::parse_exposition(answer.body), "rdp_probe_runs_total").size();
  CHECK((count == 3'000 || count == 1));  // of the one fleet or the other, never of both
  CHECK(test::samples_named(test::parse_exposition(http_get(fleet.port(), "/metrics").body),
                            "rdp_probe_runs_total")
            .size() == 1);
}

TEST_CASE("server: requests on one connection are answered in order, pipelined or not") {
  const ServedFleet fleet{3};
  HttpClient client{fleet.port()};
  client.send(
      "GET /-/healthy HTTP/1.1\r\nHost: t\r\n\r\nGET /metrics HTTP/1.1\r\nHost: t\r\n\r\n"
      "HEAD /sd HTTP/1.1\r\nHost: t\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(client.read_answer().body == "rdpwatch is healthy\n");
  CHECK(client.read_answer().whole);
  CHECK(client.read_answer(true).status == 200);
  CHECK(client.read_answer().status == 404);
  client.send("GET /-/ready HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  CHECK(client.read_answer().status == 200);
  CHECK(client.ends());
}

TEST_CASE("server: an HTTP/1.0 client gets the page without chunks, ended by the connection") {
  const ServedFleet fleet{3};
  HttpClient client{fleet.port()};
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  const auto answer = client.read_answer();
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.headers.contains("transfer-encoding"));
  CHECK(test::page_defects(answer.body).empty());
}

TEST_CASE("server: HEAD is GET without the body, at every door") {
  const ServedFleet fleet{2};
  for (const char* door :
       {"/", "/metrics", "/sd", "/api/v1/targets", "/api/v1/incidents", "/api/v1/vantage", "/-/healthy",
        "/-/ready", "/runbook/tcp_timeout", "/targets/rds000000.corp.example:3389"}) {
    CAPTURE(door);
    const auto get = http_get(fleet.port(), door);
    const auto head = http_request(fleet.port(), "HEAD", door);
    CHECK(head.status == 200);
    CHECK(get.status == 200);
    CHECK(head.headers == get.headers);
  }
}

TEST_CASE("server: other methods are refused with what is allowed") {
  const ServedFleet fleet{1};
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    const auto answer = http_request(fleet.port(), method, "/metrics");
    CHECK(answer.status == 405);
    CHECK(answer.headers.at("allow") == "GET, HEAD");
  }
  CHECK(http_get(fleet.port(), "/-/reload").headers.at("allow") == "POST");
  CHECK(http_get(fleet.port(), "/-/reload").status == 405);
}

TEST_CASE("reload door: shut by default, 200 without a word, or 500 with the errors") {
  ServedFleet fleet{1};
  CHECK(http_request(fleet.port(), "POST", "/-/reload").status == 403);
  fleet.on_loop([&] { fleet.config->web.enable_reload = true; });
  const auto done = http_request(fleet.port(), "POST", "/-/reload");
  CHECK(done.status == 200);
  CHECK(done.body.empty());
  CHECK(http_request(fleet.port(), "POST", "/-/reload", "Sec-Fetch-Site: cross-site\r\n").status == 403);
  fleet.on_loop([&] {
    fleet.reload_result = {false, {{.file = "rdpwatch.yaml", .line = 3, .column = 1, .text = "unknown key"}}};
  });
  const auto failed = http_request(fleet.port(), "POST", "/-/reload");
  CHECK(failed.status == 500);
  CHECK(failed.body.starts_with("rdpwatch.yaml:3:1: error: unknown key"));
}

TEST_CASE("readiness: not before a configuration is active") {
  ServedFleet fleet{1};
  CHECK(http_get(fleet.port(), "/-/ready").status == 200);
  fleet.on_loop([&] { fleet.config = nullptr; });
  CHECK(http_get(fleet.port(), "/-/ready").status == 503);
  CHECK(http_get(fleet.port(), "/-/healthy").status == 200);
}

TEST_CASE("probe door: one sentence for what is missing or unknown, and nothing is probed") {
  ServedFleet fleet{1};
  for (const char* query : {"", "?target=", "?target=10.0.0.1:3389",
                            "?target=rds000000.corp.example:3389&module=x", "?target=%", "?module=default"}) {
    CAPTURE(query);
    const auto answer = http_get(fleet.port(), std::string{"/probe"} + query);
    CHECK(answer.status == 400);
    CHECK(answer.body.ends_with("\n"));
    CHECK(answer.body.find('\n') == answer.body.size() - 1);
  }
  CHECK(fleet.probed_target.empty());
}

TEST_CASE("probe door: the metrics of one host, in time for the scrape") {
  ServedFleet fleet{1};
  const std::string id = fleet.config->targets[0]->id;
  const std::string door = "/probe?module=default&target=" + percent_encode(id);
  fleet.on_loop([&] {
    fleet.probe_result = {fleet.store.records()[0].last, daemon::NoProbe::Busy, {"a line of the log"}};
  });
  const auto answer = http_get(fleet.port(), door, "X-Prometheus-Scrape-Timeout-Seconds: 5\r\n");
  CHECK(answer.status == 200);
  CHECK(fleet.probed_target == id);
  CHECK(fleet.probed_module == "default");
  CHECK(fleet.probe_timeout == std::chrono::milliseconds{4'500});
  const auto samples = test::parse_exposition(answer.body);
  CHECK(test::page_defects(answer.body).empty());
  CHECK(test::samples_named(samples, "probe_success").at(0).value == "1");
  CHECK(test::samples_named(samples, "rdp_probe_cached").at(0).value == "1");

  http_get(fleet.port(), "/probe?target=" + id, "X-Prometheus-Scrape-Timeout-Seconds: soon\r\n");
  CHECK(fleet.probe_timeout == std::chrono::seconds{10});  // the module's
  http_get(fleet.port(), "/probe?target=" + id, "X-Prometheus-Scrape-Timeout-Seconds: 0.1\r\n");
  CHECK(fleet.probe_timeout == std::chrono::milliseconds{100});

  const auto debug = http_get(fleet.port(), door + "&debug=true");
  CHECK(debug.headers.at("content-type") == "text/plain; charset=utf-8");
  CHECK(debug.body.find("no fresh result: the target is being probed by another module\n") !=
        std::string::npos);
  CHECK(debug.body.find("a line of the log\n") != std::string::npos);
  CHECK(debug.body.find("\nprobe_success 1\n") != std::string::npos);
}

TEST_CASE("probe door: without any result, the status and the sentence say why") {
  using daemon::NoProbe;
  ServedFleet fleet{1};
  const auto answer_to = [&](NoProbe why) {
    fleet.on_loop([&] { fleet.probe_result = {.none = why}; });
    const auto answer = http_get(fleet.port(), "/probe?target=" + fleet.config->targets[0]->id);
    return std::to_string(answer.status) + " " + answer.body;
  };
  const std::string end = ", and there is no earlier result\n";
  CHECK(answer_to(NoProbe::Budget) == "429 the connection budget allows no probe now" + end);
  CHECK(answer_to(NoProbe::Busy) == "409 the target is being probed by another module" + end);
  CHECK(answer_to(NoProbe::Limit) == "503 as many probes as may run at once are under way" + end);
  CHECK(answer_to(NoProbe::Stopping) == "503 the daemon is stopping" + end);
  CHECK(answer_to(NoProbe::Timeout) ==
        "504 the probe did not come to its end in the time that was given" + end);
  CHECK(answer_to(NoProbe::Unknown).starts_with("404 "));
}

TEST_CASE("discovery door: every target with its labels; an empty list is a list") {
  ServedFleet fleet{2};
  const auto answer = http_get(fleet.port(), "/sd");
  CHECK(answer.headers.at("content-type") == "application/json");
  CHECK(answer.body.starts_with(
      R"([{"targets":["rds000000.corp.example:3389"],"labels":{"__metrics_path__":"/probe",)"
      R"("__meta_rdpwatch_module":"default","pool":"finance","site":"site-00"}},)"));
  fleet.on_loop([&] { fleet.store.replace({}); });
  CHECK(http_get(fleet.port(), "/sd").body == "[]\n");
}

TEST_CASE("target API: one object a target, by page and by percent-encoded id") {
  ServedFleet fleet{10};
  const auto all = http_get(fleet.port(), "/api/v1/targets?offset=8&limit=5");
  CHECK(all.body.starts_with(R"({"total":10,"offset":8,"targets":[{"schema":1,"target":"rds000008.)"));
  CHECK(all.body.ends_with("]}\n"));
  CHECK(http_get(fleet.port(), "/api/v1/targets?offset=99").body ==
        "{\"total\":10,\"offset\":10,\"targets\":[]}\n");
  CHECK(http_get(fleet.port(), "/api/v1/targets?limit=x").status == 400);
  CHECK(http_get(fleet.port(), "/api/v1/targets?offset=-1").status == 400);
  const auto one = http_get(fleet.port(), "/api/v1/targets/rds000006.corp.example%3A3389");
  CHECK(one.status == 200);
  CHECK(one.body.find(R"("verdict":"failed")") != std::string::npos);
  CHECK(http_get(fleet.port(), "/api/v1/targets/nobody").status == 404);
  CHECK(http_get(fleet.port(), "/api/v1/targets/%zz").status == 404);
}

TEST_CASE("api: open incidents, with the ids of their targets") {
  ServedFleet fleet{3};
  CHECK(http_get(fleet.port(), "/api/v1/incidents").body == "{\"incidents\":[]}\n");
  fleet.on_loop([&] {
    using namespace rdpwatch::daemon::incidents;
    fleet.open_incidents = {{.id = "08190983",
                             .cause = {Scenario::NetworkBlockade, "network"},
                             .reason = "tcp_timeout",
                             .attribute = {AttributeKind::Label, "site", "\xC3\xA9\"</script>"},
                             .since = TimePoint{std::chrono::seconds{1'795'000'000}},
                             .failing = 2,
                             .members = 3,
                             .targets = {fleet.config->targets[0], fleet.config->targets[2]}}};
  });
  const auto answer = http_get(fleet.port(), "/api/v1/incidents");
  CHECK(answer.headers.at("content-type") == "application/json");
  CHECK(answer.body ==
        "{\"incidents\":[{\"id\":\"08190983\",\"reason\":\"tcp_timeout\",\"scenario\":\"network_blockade\","
        "\"kind\":\"label\",\"attribute\":\"site\",\"value\":\"\xC3\xA9\\\"</"
        "script>\",\"since\":\"2026-11-18T11:06:40.000Z\","
        "\"failing\":2,\"members\":3,\"targets\":[\"rds000000.corp.example:3389\","
        "\"rds000002.corp.example:3389\"]}]}\n");
  CHECK(http_get(fleet.port(), "/", "Accept: text/html\r\n").body.find(">site é&quot;&lt;/script&gt;</a>") !=
        std::string::npos);
}

TEST_CASE("api: every check of the vantage, and which verdicts are suspect") {
  using namespace rdpwatch::daemon::vantage;
  ServedFleet fleet{3};
  const TimePoint since{std::chrono::seconds{1'795'000'000}};
  fleet.on_loop([&] {
    for (int i = 0; i < Health::kToDisturb; ++i)
      fleet.health.take(Check::Resolver, {State::Disturbed, "no \"answer\""}, since);
    fleet.health.take(Check::Route, {State::Sound, "all there"}, since);
    fleet.store.suspect_since({}, std::make_shared<const std::string>(fleet.health.disturbed()));
  });
  const auto answer = http_get(fleet.port(), "/api/v1/vantage");
  CHECK(answer.headers.at("content-type") == "application/json");
  CHECK(answer.body.starts_with(
      "{\"healthy\":false,\"checks\":[{\"check\":\"resolver\",\"state\":\"disturbed\",\"since\":"
      "\"2026-11-18T11:06:40.000Z\",\"detail\":\"no "
      "\\\"answer\\\"\"},{\"check\":\"route\",\"state\":\"sound\","));
  CHECK(answer.body.find("{\"check\":\"control\",\"state\":\"unknown\",\"detail\":\"not looked at yet\"}") !=
        std::string::npos);
  CHECK(http_get(fleet.port(), "/api/v1/targets").body.find("\"suspect_vantage\":\"resolver\"") !=
        std::string::npos);
  const auto page = http_get(fleet.port(), "/targets/rds000000.corp.example:3389", "Accept: text/html\r\n");
  CHECK(page.body.find("while our own place was disturbed (<a href=\"/#vantage\">resolver</a>)") !=
        std::string::npos);
}
