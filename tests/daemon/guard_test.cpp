// Who may pass, by name and password, and what wrong ones may cost.
#include "daemon/http/guard.h"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include "daemon/http/basic_auth.h"
#include "daemon/http/password_check.h"

using namespace rdpwatch::daemon::http;
using namespace std::chrono_literals;

namespace {

// bcrypt of "open sesame" at the lowest cost, made by Python's crypt.
const std::string kHash = "$2b$04$ohmkCTapbqQVjyiDjgOtjeRO8tNaPz/0EtObCrwpOvg3dAoG8jP9K";

std::string basic(const std::string& text) {
  std::string encoded(text.size() * 2 + 4, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return "Basic " + encoded.substr(0, static_cast<std::size_t>(size));
}

/// A Guard before a door that says who came.
struct Gate {
  explicit Gate(GuardLimits limits = {})
      : guard{io,
              [this](const Request& request, const Reply& reply) {
                CHECK(request.authorization.empty());
                ++passed;
                reply(text_response(200, request.user));
              },
              [this](const rdpwatch::daemon::AuditEntry& entry) { audited.push_back(entry); }, limits} {
    guard.admit({{"alice", kHash}, {"bob", kHash}});
  }

  void ask(const std::string& authorization, const std::string& peer = "192.0.2.1",
           const char* method = "GET") {
    Request request;
    request.method = method;
    request.peer = peer;
    request.user = "forged";
    request.authorization = authorization;
    guard.handler()(request, [this](Response response) { answers.push_back(std::move(response)); });
  }
  /// Runs the loop until everybody has an answer.
  Response& wait_for(std::size_t count) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (answers.size() < count && std::chrono::steady_clock::now() < limit) {
      io.restart();
      io.run_for(100ms);
    }
    REQUIRE(answers.size() == count);
    return answers.back();
  }

  asio::io_context io{1};
  std::vector<Response> answers{};
  std::vector<rdpwatch::daemon::AuditEntry> audited{};
  int passed = 0;
  Guard guard;
};

std::string header_of(const Response& response, const std::string& name) {
  for (const auto& [each, value] : response.headers)
    if (each == name) return value;
  return {};
}

/// Time that the loop itself was busy with one question.
std::chrono::nanoseconds time_on_loop(Gate& gate, const std::string& authorization) {
  const auto begin = std::chrono::steady_clock::now();
  gate.ask(authorization);
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE("basic: credentials are read as RFC 7617 has them") {
  const auto read = parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  REQUIRE(read);
  CHECK(read->user == "Aladdin");
  CHECK(read->password == "open sesame");
  CHECK(parse_basic("bASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ==")->user == "Aladdin");
  CHECK(parse_basic(basic("a:b:c"))->password == "b:c");
  CHECK(parse_basic(basic(":"))->user.empty());
  for (const std::string& broken :
       {std::string{}, std::string{"Basic"}, std::string{"Basic "}, std::string{"Bearer QTpC"},
        std::string{"Basic QTpC="}, std::string{"Basic ===="}, std::string{"Basic Q"},
        std::string{"Basic QT pC"}, basic("no colon"), std::string{"Basic \xff\xff\xff\xff"},
        std::string{"BasicQTpC"}})
    CHECK_FALSE(parse_basic(broken));
}

TEST_CASE("passwords: hashes of other programs are understood, and what does not fit does not") {
  CHECK(password_fits("open sesame", kHash));
  CHECK(password_fits("pässwörd", "$2b$04$xRfVKRwpYRZLoArrcoJhN.uJadjEVzRoFZpIEJY83Wxq7zTAKycQe"));
  CHECK(password_fits("open sesame", "$2y$10$X0h1gDsPszWURQaxFh.zouNLAcwJbq/eJZX8PFUFp1.eQroNZanaa"));
  CHECK(password_fits(std::string(80, 'x'), "$2a$04$X0h1gDsPszWURQaxFh.zouX42874QntG5nXaS6jmXvVHEf9WsAUuW"));
  for (const std::string& wrong : {std::string{}, std::string{"open sesam"}, std::string{"Open sesame"},
                                   std::string{"open sesame "}, std::string{"open sesame\0x", 13}})
    CHECK_FALSE(password_fits(wrong, kHash));
  for (const char* broken : {"", "*0", "$2b$04$", "$2b$04$ohmkCTapbqQVjyiDjgOtje", "open sesame"})
    CHECK_FALSE(password_fits("open sesame", broken));
}

TEST_CASE("verdicts: the youngest of each kind are kept") {
  const FingerprintMaker print;
  VerdictCache cache{2};
  cache.put(print({"right"}), true);
  for (const char* wrong : {"a", "b", "c"}) cache.put(print({wrong}), false);
  CHECK(cache.find(print({"right"})) == true);
  CHECK_FALSE(cache.find(print({"a"})));
  CHECK(cache.find(print({"c"})) == false);
  CHECK(print({"a", "bc"}) != print({"ab", "c"}));
  CHECK(print({"a"}) != FingerprintMaker{}({"a"}));
}

TEST_CASE("peers: a burst, then one for each period; of IPv6 the network counts") {
  PeerBuckets buckets{{.burst = 2, .period = 1s}, 3};
  const PeerBuckets::Clock::time_point begin{};
  CHECK(buckets.take("192.0.2.1", begin));
  CHECK(buckets.take("192.0.2.1", begin));
  CHECK_FALSE(buckets.take("192.0.2.1", begin + 900ms));
  CHECK(buckets.take("192.0.2.1", begin + 1000ms));
  CHECK_FALSE(buckets.take("192.0.2.1", begin + 1000ms));
  buckets.give_back("192.0.2.1");
  CHECK(buckets.take("192.0.2.1", begin + 1000ms));
  CHECK(buckets.take("2001:db8::1", begin + 1000ms));
  CHECK(buckets.take("2001:db8::2", begin + 1000ms));
  CHECK_FALSE(buckets.take("2001:db8::3", begin + 1000ms));
  CHECK(buckets.take("2001:db8:0:1::1", begin + 1000ms));
  for (int i = 0; i < 100; ++i) buckets.take("198.51.100." + std::to_string(i), begin + 2000ms);
  CHECK(buckets.size() == 3);
  CHECK(buckets.take("192.0.2.1", begin + 100h));
  CHECK(buckets.take("192.0.2.1", begin + 100h));
  CHECK_FALSE(buckets.take("192.0.2.1", begin + 100h));
}

TEST_CASE("guard: only who knows the password passes, by the proved name") {
  Gate gate;
  gate.ask(basic("alice:open sesame"));
  CHECK(gate.wait_for(1).body == "alice\n");
  gate.ask(basic("bob:open sesame"));
  CHECK(gate.wait_for(2).body == "bob\n");
  std::size_t count = 2;
  for (const std::string& wrong :
       {std::string{}, std::string{"Bearer x"}, basic("alice:"), basic("alice:wrong"),
        basic("carol:open sesame"), basic(":open sesame"), basic("Alice:open sesame")}) {
    CAPTURE(wrong);
    gate.ask(wrong);
    const Response& answer = gate.wait_for(++count);
    CHECK(answer.status == 401);
    CHECK(header_of(answer, "WWW-Authenticate").starts_with("Basic realm="));
  }
  CHECK(gate.passed == 2);
}

TEST_CASE("guard: who would change something without a name leaves a line in the audit") {
  Gate gate;
  gate.ask({});
  gate.ask({}, "192.0.2.9", "POST");
  gate.wait_for(2);
  gate.ask(basic("alice:wrong"), "192.0.2.9", "POST");
  gate.wait_for(3);
  REQUIRE(gate.audited.size() == 2);
  for (const auto& entry : gate.audited) {
    CHECK(entry.who.empty());
    CHECK(entry.from == "192.0.2.9");
    CHECK(entry.result == "refused: no user name with its password");
  }
}

TEST_CASE("guard: without users everybody passes, without a name") {
  Gate gate;
  gate.guard.admit({});
  gate.ask(basic("alice:wrong"));
  CHECK(gate.wait_for(1).body == "\n");
}

TEST_CASE("guard: a verdict is kept, until the user goes or gets another password") {
  Gate gate;
  gate.ask(basic("alice:open sesame"));
  gate.wait_for(1);
  gate.ask(basic("alice:open sesame"));
  CHECK(gate.answers.size() == 2);  // at once
  gate.guard.admit({{"alice", "$2b$04$xRfVKRwpYRZLoArrcoJhN.uJadjEVzRoFZpIEJY83Wxq7zTAKycQe"}});
  gate.ask(basic("alice:open sesame"));
  CHECK(gate.wait_for(3).status == 401);
  gate.guard.admit({{"bob", kHash}});
  gate.ask(basic("alice:open sesame"));
  CHECK(gate.wait_for(4).status == 401);
}

TEST_CASE("guard: who goes while a password is looked at does not pass") {
  Gate gate;
  gate.ask(basic("alice:open sesame"));
  gate.guard.admit({{"bob", kHash}});
  CHECK(gate.wait_for(1).status == 401);
}

TEST_CASE("guard: the loop does not wait for a hash, and all who ask the same wait for one") {
  Gate gate;
  gate.guard.admit({{"alice", "$2y$10$X0h1gDsPszWURQaxFh.zouNLAcwJbq/eJZX8PFUFp1.eQroNZanaa"}});
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::nanoseconds best{1h};
  for (int i = 0; i < 20; ++i) best = std::min(best, time_on_loop(gate, basic("alice:open sesame")));
  CHECK(best < 5ms);
  CHECK(gate.answers.empty());
  gate.wait_for(20);
  CHECK(gate.passed == 20);
  const auto taken = std::chrono::steady_clock::now() - begin;
  const auto alone = std::chrono::steady_clock::now();
  CHECK_FALSE(password_fits("x", "$2y$10$X0h1gDsPszWURQaxFh.zouNLAcwJbq/eJZX8PFUFp1.eQroNZanaa"));
  CHECK(taken < 10 * (std::chrono::steady_clock::now() - alone));
}

TEST_CASE("guard: an unknown name takes as long as the costliest known one") {
  Gate gate;
  const std::string costly = "$2y$10$X0h1gDsPszWURQaxFh.zouNLAcwJbq/eJZX8PFUFp1.eQroNZanaa";
  gate.guard.admit({{"alice", costly}, {"bob", kHash}});
  const auto time_of = [&gate](const std::string& who) {
    std::chrono::nanoseconds best{1h};
    for (int i = 0; i < 3; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      gate.ask(basic(who + ":guess" + std::to_string(i)));
      CHECK(gate.wait_for(gate.answers.size() + 1).status == 401);
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
    }
    return best;
  };
  const auto known = time_of("alice");
  const auto unknown = time_of("nobody");
  CHECK(unknown < 2 * known);
  CHECK(known < 2 * unknown);
}

TEST_CASE("guard: wrong passwords of one address are slowed down, those of others are not") {
  Gate gate{{.wrong_passwords = {.burst = 3, .period = 1h}}};
  gate.ask(basic("alice:open sesame"));
  CHECK(gate.wait_for(1).status == 200);
  for (std::size_t i = 0; i < 3; ++i) {
    gate.ask(basic("alice:" + std::to_string(i)));
    CHECK(gate.wait_for(2 + i).status == 401);
  }
  gate.ask(basic("alice:another"));
  CHECK(gate.wait_for(5).status == 429);
  CHECK(header_of(gate.answers.back(), "Retry-After") == "3600");
  gate.ask(basic("alice:1"));  // known to be wrong: costs nothing
  CHECK(gate.wait_for(6).status == 401);
  gate.ask(basic("alice:open sesame"));  // known to be right
  CHECK(gate.wait_for(7).status == 200);
  gate.ask(basic("bob:open sesame"), "192.0.2.2");
  CHECK(gate.wait_for(8).status == 200);
}

TEST_CASE("guard: right passwords use up nothing") {
  Gate gate{{.wrong_passwords = {.burst = 1, .period = 1h}, .passwords_kept = 1}};
  for (std::size_t i = 0; i < 6; ++i) {
    gate.ask(basic(i % 2 == 0 ? "alice:open sesame" : "bob:open sesame"));
    CHECK(gate.wait_for(i + 1).status == 200);
  }
}

TEST_CASE("guard: only so many passwords wait") {
  Gate gate{{.wrong_passwords = {.burst = 100, .period = 1s}, .passwords_waiting = 4}};
  for (int i = 0; i < 10; ++i) gate.ask(basic("alice:" + std::to_string(i)));
  CHECK(gate.answers.size() == 6);
  for (const Response& answer : gate.answers) CHECK(answer.status == 503);
  gate.wait_for(10);
}

TEST_CASE("guard: changes from one address are slowed down") {
  Gate gate{{.changes = {.burst = 2, .period = 1h}}};
  gate.guard.admit({});
  for (const int status : {200, 200, 429}) {
    gate.ask("", "192.0.2.1", "POST");
    CHECK(gate.answers.back().status == status);
  }
  gate.ask("", "192.0.2.1");
  CHECK(gate.answers.back().status == 200);
  gate.ask("", "192.0.2.2", "POST");
  CHECK(gate.answers.back().status == 200);
}

TEST_CASE("guard: it may go while passwords are looked at") {
  asio::io_context io{1};
  Handler handler;
  {
    Guard guard{io, [](const Request&, const Reply& reply) { reply(text_response(200, "")); }, {}};
    guard.admit({{"alice", kHash}});
    handler = guard.handler();
    Request request;
    request.method = "GET";
    request.authorization = basic("alice:x");
    handler(request, [](Response) {});
  }
  io.run();
  Request late;
  late.method = "GET";
  late.authorization = basic("alice:y");
  int status = 0;
  handler(late, [&](const Response& response) { status = response.status; });
  CHECK(status == 503);
}
