#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/rdpsim/certificates.h"
#include "tests/rdpsim/sim_process.h"
#include "tests/support/hex.h"

/// What the simulated hosts put on the wire, seen by a small client of its own.
namespace rdpwatch::test {
namespace {

/// Connection request with cookie, offering TLS, CredSSP and early user authorisation.
const Bytes kOfferAll = hex("03000013 0ee00000000000 01000800 0b000000");
const Bytes kOfferTls = hex("03000013 0ee00000000000 01000800 01000000");

class Client {
 public:
  Client(const SimProcess& sim, const std::string& address, int patience_ms = 10'000)
      : fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(sim.port());
    ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    patience(patience_ms);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) connect_error = errno;
  }
  ~Client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void patience(int ms) const {
    const timeval limit{ms / 1000, (ms % 1000) * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  void send(const Bytes& bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) end = "reset";
  }

  /// Reads up to `most` bytes, or until the end, which `end` then tells: closed, reset or silence.
  Bytes read(std::size_t most) {
    Bytes all;
    if (!end.empty()) return all;  // a failed send has taken the error already
    std::array<std::uint8_t, 65'536> chunk;
    while (all.size() < most) {
      const ssize_t size = ::recv(fd_, chunk.data(), std::min(chunk.size(), most - all.size()), 0);
      if (size <= 0) {
        end = size == 0 ? "closed" : errno == ECONNRESET ? "reset" : "silence";
        return all;
      }
      all.insert(all.end(), chunk.begin(), chunk.begin() + size);
    }
    return all;
  }

  bool start_tls() {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    return SSL_connect(ssl_) == 1;
  }
  Bytes exchange(const Bytes& request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    Bytes answer(16'384);
    const int size = SSL_read(ssl_, answer.data(), static_cast<int>(answer.size()));
    answer.resize(static_cast<std::size_t>(std::max(size, 0)));
    return answer;
  }
  std::string version() const { return SSL_get_version(ssl_); }
  std::unique_ptr<X509, decltype(&X509_free)> certificate() const {
    return {SSL_get1_peer_certificate(ssl_), &X509_free};
  }
  void say_goodbye() const { SSL_shutdown(ssl_); }

  int connect_error = 0;
  std::string end{};

 private:
  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Bytes utf16(std::string_view text) {
  Bytes out;
  for (const char c : text) out.insert(out.end(), {static_cast<std::uint8_t>(c), 0});
  return out;
}

bool contains(const Bytes& all, const Bytes& part) {
  return std::search(all.begin(), all.end(), part.begin(), part.end()) != all.end();
}

}  // namespace

TEST_CASE("rdpsim: each connect behaviour is what a client sees") {
  const SimProcess sim{R"(
hosts:
  - {address: 127.76.0.1, connect: refused}
  - {address: 127.76.0.2, connect: drop}
  - {address: 127.76.0.3, connect: reset}
  - {address: 127.76.0.4, connect: close}
  - {address: 127.76.0.5, connect: silence}
  - {address: 127.76.0.6, connect: {banner: ssh, then: close}}
)"};
  CHECK(Client{sim, "127.76.0.1"}.connect_error == ECONNREFUSED);
  CHECK(Client{sim, "127.76.0.99"}.connect_error == ECONNREFUSED);
  CHECK(Client{sim, "127.76.0.2", 300}.connect_error == EINPROGRESS);  // SO_SNDTIMEO has passed
  const auto end_of = [&](const std::string& address) {
    Client client{sim, address};
    if (address.ends_with(".5")) client.patience(300);
    client.send(kOfferAll);
    client.read(1);
    return client.end;
  };
  CHECK(end_of("127.76.0.3") == "reset");
  CHECK(end_of("127.76.0.4") == "closed");
  CHECK(end_of("127.76.0.5") == "silence");
  Client ssh{sim, "127.76.0.6"};
  const Bytes banner = ssh.read(1000);
  CHECK(std::string{banner.begin(), banner.end()}.starts_with("SSH-2.0-"));
  CHECK(ssh.end == "closed");
}

TEST_CASE("rdpsim: each negotiate behaviour is what a client sees") {
  SimProcess sim{R"(
hosts:
  - {address: 127.76.1.1}
  - {address: 127.76.1.2, negotiate: any}
  - {address: 127.76.1.3, negotiate: {failure: 3}}
  - {address: 127.76.1.4, negotiate: bare}
  - {address: 127.76.1.5, negotiate: {select: 4, flags: [gfx]}}
  - {address: 127.76.1.6, negotiate: disconnect_request}
  - {address: 127.76.1.7, negotiate: error_tpdu}
  - {address: 127.76.1.8, negotiate: {cut: 7, then: reset}}
  - {address: 127.76.1.9, negotiate: {pace: 10ms}}
  - {address: 127.76.1.10, negotiate: {send: "aabb", repeat: 300000, then: close}}
  - {address: 127.76.1.11, negotiate: tls}
)"};
  const auto answer_of = [&](int host, const Bytes& request, std::size_t most = 1000) {
    Client client{sim, "127.76.1." + std::to_string(host)};
    client.send(request);
    return client.read(most);
  };
  CHECK(answer_of(1, kOfferAll, 19) == hex("03000013 0ed00000123400 021f0800 08000000"));
  CHECK(answer_of(1, kOfferTls) == hex("03000013 0ed00000123400 03000800 05000000"));
  CHECK(answer_of(2, kOfferTls, 19) == hex("03000013 0ed00000123400 021f0800 01000000"));
  CHECK(answer_of(3, kOfferAll) == hex("03000013 0ed00000123400 03000800 03000000"));
  CHECK(answer_of(4, kOfferAll, 11) == hex("0300000b 06d00000123400"));
  CHECK(answer_of(5, kOfferAll, 19) == hex("03000013 0ed00000123400 02020800 04000000"));
  CHECK(answer_of(6, kOfferAll) == hex("0300000b 06800000123480"));
  CHECK(answer_of(7, kOfferAll) == hex("03000009 0470000002"));
  CHECK(answer_of(8, kOfferAll) == hex("03000013 0ed000"));
  CHECK(answer_of(9, kOfferAll, 19).size() == 19);
  CHECK(answer_of(10, kOfferAll, 1'000'000).size() == 300'000);
  CHECK(answer_of(11, hex("03000013 0ee00000000000 01000800 02000000")) ==
        hex("03000013 0ed00000123400 03000800 01000000"));
  CHECK(contains(sim.stop(), "\"requests\":12"));
}

TEST_CASE("rdpsim: each tls behaviour is what a client sees") {
  SimProcess sim{R"(
hosts:
  - {address: 127.76.2.1, name: one.example, tls: {certificate: {key: rsa2048}}}
  - {address: 127.76.2.2, tls: {version: "1.0"}}
  - {address: 127.76.2.3, tls: {alert: 71}}
  - {address: 127.76.2.4, tls: {records: 1, then: close}}
  - {address: 127.76.2.5, tls: {certificate: {from: -20d, expires: -1d, common_name: x.example}}}
  - {address: 127.76.2.6, overlays: [{from_connection: 2, tls: {certificate: {generation: 1}}}]}
)"};
  const auto climb = [&](Client& client) {
    client.send(kOfferAll);
    REQUIRE(client.read(19).size() == 19);
    return client.start_tls();
  };
  Client good{sim, "127.76.2.1"};
  REQUIRE(climb(good));
  CHECK(good.version() == "TLSv1.3");
  CHECK(X509_check_host(good.certificate().get(), "one.example", 0, 0, nullptr) == 1);
  CHECK(X509_check_ip_asc(good.certificate().get(), "127.76.2.1", 0) == 1);
  CHECK(EVP_PKEY_get_bits(X509_get0_pubkey(good.certificate().get())) == 2048);
  Client old{sim, "127.76.2.2"};
  REQUIRE(climb(old));
  CHECK(old.version() == "TLSv1");

  Client alert{sim, "127.76.2.3"};
  alert.send(kOfferAll);
  alert.read(19);
  alert.send(hex("1603010005 0100000100"));
  CHECK(alert.read(100) == hex("15030300020247"));
  CHECK(alert.end == "closed");

  Client cut{sim, "127.76.2.4"};
  CHECK(!climb(cut));

  Client expired{sim, "127.76.2.5"};
  REQUIRE(climb(expired));
  CHECK(X509_cmp_current_time(X509_get0_notAfter(expired.certificate().get())) < 0);
  CHECK(X509_check_host(expired.certificate().get(), "x.example", 0, 0, nullptr) == 1);

  Client before{sim, "127.76.2.6"};
  Client after{sim, "127.76.2.6"};
  REQUIRE(climb(before));
  REQUIRE(climb(after));
  CHECK(X509_cmp(before.certificate().get(), after.certificate().get()) != 0);
  CHECK(contains(sim.stop(), "\"handshakes\":5"));
}

TEST_CASE("rdpsim: a host keeps its certificate, however many hosts were asked meanwhile") {
  rdpsim::Certificates certificates;
  const auto leaf_of = [&](int host) {
    const auto ssl = certificates.session(
        {}, {}, "127.77." + std::to_string(host / 250) + "." + std::to_string(host % 250));
    X509* const leaf = SSL_get_certificate(ssl.get());
    X509_up_ref(leaf);
    return rdpsim::X509Ptr{leaf};
  };
  const auto first = leaf_of(0);
  for (int host = 1; host < 3000; ++host) CHECK(X509_cmp(leaf_of(host).get(), first.get()) != 0);
  CHECK(X509_cmp(leaf_of(0).get(), first.get()) == 0);
}

TEST_CASE("rdpsim: the challenge tells names, build and version, and the end is counted") {
  SimProcess sim{R"(
hosts:
  - {address: 127.76.3.1, name: rds01.corp.example, nla: {version: 5, build: 6.3.9600}}
  - {address: 127.76.3.2, nla: {error: 0xC00000BB}}
  - {address: 127.76.3.3, nla: {error: 0xC00000BB, error_in_five_bytes: true}}
  - {address: 127.76.3.4, nla: {kerberos_only: true}}
)"};
  const Bytes negotiate = hex_file("tests/vectors/third-tsrequest-ntlm-negotiate.hex");
  const auto answer_of = [&](int host) {
    Client client{sim, "127.76.3." + std::to_string(host)};
    client.send(kOfferAll);
    client.read(19);
    REQUIRE(client.start_tls());
    const Bytes answer = client.exchange(negotiate);
    client.say_goodbye();
    return answer;
  };
  const Bytes challenge = answer_of(1);
  CHECK(contains(challenge, hex("a003020105")));
  CHECK(contains(challenge, hex("06038025 0000000f")));
  CHECK(contains(challenge, utf16("rds01.corp.example")));
  CHECK(contains(challenge, utf16("RDS01")));
  CHECK(answer_of(2) == hex("300d a003020106 a406 0204 c00000bb"));
  CHECK(answer_of(3) == hex("300e a003020106 a407 0205 00c00000bb"));
  CHECK(!contains(answer_of(4), hex("4e544c4d53535000")));
  const std::string counters = sim.stop();
  CHECK(contains(counters, "\"challenges\":4"));
  CHECK(contains(counters, "\"close_notify\":2"));  // the other two were ended by the host
  CHECK(contains(counters, "\"127.76.3.1:" + std::to_string(sim.port()) +
                               "\":{\"connections\":1,\"most_in_window\":1}"));
}

TEST_CASE("rdpsim: SIGTERM ends it within a second, whatever clients do") {
  SimProcess sim{
      "hosts: [{address: 127.76.4.1}, {address: 127.76.4.2, negotiate: {send: 41, repeat: 60000000}}]"};
  const Client idle{sim, "127.76.4.1"};
  Client unread{sim, "127.76.4.2"};
  unread.send(kOfferAll);
  const auto begin = std::chrono::steady_clock::now();
  sim.stop();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{1});
  CHECK(sim.exit_status() == 0);
}

TEST_CASE("rdpsim: hostile clients end only themselves") {
  SimProcess sim{"hosts: [{address: 127.76.5.1}]"};
  const Bytes noise(200'000, 0x41);
  for (const Bytes& first : {noise, hex("0300ffff"), hex("0300"), hex("030000040ee0"), Bytes{}}) {
    Client client{sim, "127.76.5.1"};
    client.send(first);
  }
  Client in_tls{sim, "127.76.5.1"};
  in_tls.send(kOfferAll);
  in_tls.read(19);
  in_tls.send(noise);
  Client good{sim, "127.76.5.1"};
  good.send(kOfferAll);
  CHECK(good.read(19).size() == 19);
}

}  // namespace rdpwatch::test
