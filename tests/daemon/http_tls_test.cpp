// The doors behind TLS: who comes in, how it ends, and what misbehaving clients may take.
#include <csignal>
#include <list>
#include <string>

#include <doctest/doctest.h>

#include "config/server_tls.h"
#include "tests/daemon/http_fixture.h"
#include "tests/daemon/http_timing.h"
#include "tests/support/exposition.h"
#include "tests/support/tls_client.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using config::ClientAuth;
using daemon::http::Limits;
using test::http_get;
using test::HttpClient;
using test::https_get;
using test::kScrapeLimit;
using test::MadeCertificate;
using test::make_certificate;
using test::scrape_time;
using test::ServedFleet;
using test::short_limits;
using test::TlsClient;
using test::TlsWish;
using Clock = std::chrono::steady_clock;

namespace {

config::ServerTls server_tls(const char* name = "rdpwatch") {
  const auto made = make_certificate({.common_name = name});
  config::ServerTls tls;
  tls.certificate = test::pem(*made.certificate);
  tls.key = test::pem(*made.key);
  return tls;
}

config::WebFile web_of(const config::ServerTls& tls) {
  std::vector<config::TlsFault> faults;
  config::WebFile web;
  web.tls = tls;
  web.tls_context = config::make_server_context(tls, faults);
  for (const auto& fault : faults) CAPTURE(fault.text);
  REQUIRE(web.tls_context);
  return web;
}

/// A client of OpenSSL writes to whoever has left.
const bool kQuiet = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;

struct TlsFleet : ServedFleet {
  explicit TlsFleet(std::size_t targets, Limits limits = {}, const config::ServerTls& tls = server_tls())
      : ServedFleet{targets, limits} {
    secure(web_of(tls));
  }
};

/// The first part of a real ClientHello, and no more.
std::string half_hello() {
  const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free};
  const std::shared_ptr<SSL> ssl{SSL_new(context.get()), &SSL_free};
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl.get());
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(out, &data));
  return {data, size / 2};
}

}  // namespace

TEST_CASE("tls: pages come whole, by HTTP/1.1, on a connection that is kept") {
  const TlsFleet fleet{500};
  TlsClient client{fleet.port(), {.protocol = "http/1.1"}};
  REQUIRE(client.shook_hands());
  CHECK(client.protocol() == "http/1.1");
  CHECK(SSL_version(&client.ssl()) == TLS1_3_VERSION);
  for (const char* path : {"/metrics", "/-/healthy", "/metrics"}) {
    client.send(std::string{"GET "} + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto answer = client.read_answer();
    CHECK(answer.status == 200);
    CHECK(answer.whole);
    if (std::string{path} == "/metrics") CHECK(test::page_defects(answer.body).empty());
  }
}

TEST_CASE("tls: the end of a connection is said") {
  const TlsFleet fleet{1};
  TlsClient client{fleet.port()};
  client.send("GET /-/healthy HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  CHECK(client.read_answer().status == 200);
  CHECK(client.receive().empty());
  CHECK(client.was_told_the_end());
}

TEST_CASE("tls: old versions and other protocols are refused") {
  const TlsFleet fleet{1};
  CHECK_FALSE(TlsClient{fleet.port(), {.max_version = TLS1_1_VERSION}}.shook_hands());
  CHECK(TlsClient{fleet.port(), {.max_version = TLS1_2_VERSION}}.shook_hands());
  CHECK_FALSE(TlsClient{fleet.port(), {.protocol = "h2"}}.shook_hands());
  CHECK(https_get(fleet.port(), "/-/healthy").status == 200);
}

TEST_CASE("tls: versions, cipher suites and curves are those of the configuration") {
  auto tls = server_tls();
  tls.min_version = config::TlsVersion::Tls10;
  tls.max_version = config::TlsVersion::Tls12;
  tls.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"};
  tls.curve_preferences = {"P-384"};
  const TlsFleet fleet{1, {}, tls};
  const TlsClient old{fleet.port(), {.max_version = TLS1_VERSION}};
  CHECK(old.shook_hands());
  const TlsClient client{fleet.port()};
  REQUIRE(client.shook_hands());
  CHECK(SSL_version(&client.ssl()) == TLS1_2_VERSION);
  CHECK(std::string{SSL_get_cipher_name(&client.ssl())} == "ECDHE-ECDSA-AES256-SHA");
  EVP_PKEY* key = nullptr;
  REQUIRE(SSL_get_peer_tmp_key(const_cast<SSL*>(&client.ssl()), &key) == 1);
  CHECK(EVP_PKEY_get_bits(key) == 384);
  EVP_PKEY_free(key);
}

TEST_CASE("tls: who does not encrypt is told so, and gets nothing") {
  const TlsFleet fleet{1};
  const auto answer = http_get(fleet.port(), "/metrics");
  CHECK(answer.status == 400);
  CHECK(answer.body.empty());
  CHECK(https_get(fleet.port(), "/-/healthy").status == 200);
}

TEST_CASE("tls: what is asked of clients decides who comes in") {
  const auto authority = make_certificate({.common_name = "CA", .authority = true});
  const auto named = make_certificate({.names = {"DNS:scraper.corp.example", "IP:10.1.2.3"}}, &authority);
  const auto unnamed = make_certificate({.common_name = "scraper.corp.example"}, &authority);
  const auto server_only = make_certificate({.extended_usage = "serverAuth"}, &authority);
  const auto outdated = make_certificate({.until = -1h}, &authority);
  const auto stranger = make_certificate({.names = {"DNS:scraper.corp.example"}});
  struct Row {
    const char* what;
    ClientAuth auth;
    std::vector<std::string> sans;
    const MadeCertificate* identity;
    bool comes_in;
  };
  for (const Row& row : {
           Row{"none asked for", ClientAuth::None, {}, nullptr, true},
           {"none asked for, one there", ClientAuth::None, {}, &stranger, true},
           {"asked, none there", ClientAuth::Request, {}, nullptr, true},
           {"asked, any will do", ClientAuth::Request, {}, &stranger, true},
           {"any needed, none there", ClientAuth::RequireAny, {}, nullptr, false},
           {"any needed", ClientAuth::RequireAny, {}, &stranger, true},
           {"any needed, with a name", ClientAuth::RequireAny, {"scraper.corp.example"}, &stranger, true},
           {"any needed, without the name", ClientAuth::RequireAny, {"other"}, &stranger, false},
           {"good if given, none there", ClientAuth::VerifyIfGiven, {}, nullptr, true},
           {"good if given", ClientAuth::VerifyIfGiven, {}, &unnamed, true},
           {"good if given, of another CA", ClientAuth::VerifyIfGiven, {}, &stranger, false},
           {"good needed, none there", ClientAuth::RequireAndVerify, {}, nullptr, false},
           {"good needed", ClientAuth::RequireAndVerify, {}, &unnamed, true},
           {"good needed, of another CA", ClientAuth::RequireAndVerify, {}, &stranger, false},
           {"good needed, outdated", ClientAuth::RequireAndVerify, {}, &outdated, false},
           {"good needed, for servers only", ClientAuth::RequireAndVerify, {}, &server_only, false},
           {"good needed, DNS name",
            ClientAuth::RequireAndVerify,
            {"x", "scraper.corp.example"},
            &named,
            true},
           {"good needed, address", ClientAuth::RequireAndVerify, {"10.1.2.3"}, &named, true},
           {"good needed, another name", ClientAuth::RequireAndVerify, {"scraper"}, &named, false},
           {"good needed, common name only",
            ClientAuth::RequireAndVerify,
            {"scraper.corp.example"},
            &unnamed,
            false},
           {"good needed, name of another CA",
            ClientAuth::RequireAndVerify,
            {"scraper.corp.example"},
            &stranger,
            false},
       })
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(row.what);
      CAPTURE(version);
      auto tls = server_tls();
      tls.client_auth = row.auth;
      tls.client_allowed_sans = row.sans;
      if (row.auth != ClientAuth::None) tls.client_ca = test::pem(*authority.certificate);
      const TlsFleet fleet{1, {}, tls};
      const auto answer =
          https_get(fleet.port(), "/-/healthy", "", {.identity = row.identity, .max_version = version});
      CHECK((answer.status == 200) == row.comes_in);
    }
}

TEST_CASE("tls: a new certificate is for new connections, and old ones end") {
  TlsFleet fleet{1, {}, server_tls("old")};
  TlsClient idle{fleet.port()};
  REQUIRE(idle.server_name() == "old");
  idle.send("GET /-/healthy HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(idle.read_answer().status == 200);
  fleet.secure(web_of(server_tls("new")));
  CHECK(TlsClient{fleet.port()}.server_name() == "new");
  CHECK(idle.receive().empty());
  fleet.secure({});
  CHECK(http_get(fleet.port(), "/-/healthy").status == 200);
}

TEST_CASE("tls: configured headers are on every answer, in the place of ours") {
  TlsFleet fleet{1, short_limits()};
  auto web = web_of(server_tls());
  web.headers = {{"Strict-Transport-Security", "max-age=1"},
                 {"Content-Security-Policy", "default-src 'self'"}};
  fleet.secure(web);
  for (const char* request : {"GET / HTTP/1.1\r\nHost: t\r\n\r\n", "GET /nothing HTTP/1.1\r\nHost: t\r\n\r\n",
                              "DELETE / HTTP/1.1\r\nHost: t\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: t\r\n\r\n",
                              "NONSENSE\r\n\r\n", "GET / HTTP/1.1\r\nHo"}) {
    CAPTURE(request);
    TlsClient client{fleet.port()};
    client.send(request);
    auto answer = client.read_answer(true);
    CHECK(answer.status != 0);
    CHECK(answer.headers["strict-transport-security"] == "max-age=1");
    CHECK(answer.headers["content-security-policy"] == "default-src 'self'");
  }
}

TEST_CASE("tls: a handshake has the time of a request, and no more") {
  ServedFleet fleet{1, short_limits()};
  fleet.secure(web_of(server_tls()));
  for (const std::string& beginning : {std::string{}, half_hello()}) {
    HttpClient client{fleet.port()};
    client.send(beginning);
    const auto begin = Clock::now();
    CHECK(client.ends());
    CHECK(Clock::now() - begin < 3s);
  }
  CHECK(https_get(fleet.port(), "/-/healthy").status == 200);
}

TEST_CASE("tls: a request that trickles in is cut off in time, with a word") {
  const TlsFleet fleet{1, short_limits()};
  TlsClient client{fleet.port()};
  client.send("GET /metrics HT");
  CHECK(client.read_answer().status == 408);
  CHECK(client.receive().empty());
}

TEST_CASE("tls: a client that does not read its page loses it, and delays nobody") {
  TlsFleet fleet{20'000, short_limits()};
  std::list<TlsClient> stuck;
  for (int i = 0; i < 8; ++i) {
    stuck.emplace_back(fleet.port(), TlsWish{}, 2048);
    stuck.back().send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  const auto begin = Clock::now();
  for (int i = 0; i < 20; ++i) CHECK(https_get(fleet.port(), "/-/healthy").status == 200);
  CHECK(Clock::now() - begin < 5s);
  while (fleet.open_connections() != 0 && Clock::now() - begin < 20s) std::this_thread::yield();
  CHECK(fleet.open_connections() == 0);
  for (TlsClient& client : stuck) CHECK_FALSE(client.read_answer().whole);
}

TEST_CASE("tls: 400 half-open clients, half of them in the handshake, do not delay a scrape") {
  const TlsFleet fleet{100};
  const std::string hello = half_hello();
  std::list<HttpClient> in_handshake;
  std::list<TlsClient> after_it;
  for (int i = 0; i < 200; ++i) {
    in_handshake.emplace_back(fleet.port());
    if (i % 2 == 0) in_handshake.back().send(hello);
    after_it.emplace_back(fleet.port());
    REQUIRE(after_it.back().shook_hands());
    if (i % 2 == 0) after_it.back().send("GET /metrics HTTP/1.1\r\nHost");
  }
  CHECK(scrape_time([&] { return https_get(fleet.port(), "/metrics"); }) < kScrapeLimit);
}

TEST_CASE("tls: beyond the cap those that are stuck in the handshake go") {
  Limits limits;
  limits.connections = 16;
  const TlsFleet fleet{1, limits};
  std::list<HttpClient> stuck;
  for (int i = 0; i < 100; ++i) stuck.emplace_back(fleet.port());
  CHECK(https_get(fleet.port(), "/-/healthy").status == 200);
  CHECK(stuck.front().ends());
}

TEST_CASE("tls: a client that leaves at any time leaves nothing behind") {
  TlsFleet fleet{1};
  const std::string hello = half_hello();
  for (std::size_t size = 0; size < hello.size(); size += 16)
    HttpClient{fleet.port()}.send(hello.substr(0, size));
  for (int i = 0; i < 20; ++i) TlsClient{fleet.port()}.send("GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto begin = Clock::now();
  while (fleet.open_connections() != 0 && Clock::now() - begin < 20s) std::this_thread::yield();
  CHECK(fleet.open_connections() == 0);
}
