// The web configuration file: what is accepted, compared with promtool, and what is said.
#include "config/web_file.h"

#include <cstdio>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/pem.h>

#include "config/load.h"
#include "tests/net/made_certificate.h"
#include "tests/support/scratch_folder.h"

using namespace rdpwatch;
using namespace rdpwatch::config;

namespace {

const std::string kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}
std::string tls(const std::string& more = {}) {
  return "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n" + more;
}
std::string user(const std::string& hash) { return "basic_auth_users: {alice: '" + hash + "'}\n"; }
std::string header(const std::string& line) { return "http_server_config:\n  headers:\n    " + line + "\n"; }

enum class Verdict : std::uint8_t {
  Good,
  Bad,
  Stricter,  ///< we refuse what promtool accepts, for the reason that `why` says
  Newer,     ///< good, and promtool 2.42 does not know it yet
};

struct Case {
  std::string text;
  Verdict verdict = Verdict::Good;
  const char* why = "";
};

std::vector<Case> tls_cases() {
  using enum Verdict;
  const std::string mutual = "  client_auth_type: RequireAndVerifyClientCert\n";
  return {
      {tls()},
      {"tls_server_config:\n"},
      {"tls_server_config: {}\n"},
      {"tls_server_config: {min_version: TLS13}\n"},
      {"tls_server_config: {cert_file: '', key_file: ''}\n"},
      {"tls_server_config: {key_file: key.pem}\n", Bad},
      {"tls_server_config: {cert_file: cert.pem}\n", Bad},
      {"tls_server_config: {client_auth_type: NoClientCert}\n", Bad},
      {"tls_server_config: {client_ca_file: cert.pem}\n", Bad},
      {"tls_server_config: {cert_file: cert.pem, key_file: other-key.pem}\n", Bad},
      {"tls_server_config: {cert_file: junk.pem, key_file: key.pem}\n", Bad},
      {"tls_server_config: {cert_file: key.pem, key_file: cert.pem}\n", Bad},
      {"tls_server_config: {cert_file: missing.pem, key_file: key.pem}\n", Bad},
      {"tls_server_config: {cert_file: cert.pem, key_file: .}\n", Bad},
      {"tls_server_config: {cert_file: cert.pem, key_file: locked.pem}\n", Bad},
      {"tls_server_config: {cert_file: 5, key_file: key.pem}\n", Bad},
      {"tls_server_config: {cert_file: [cert.pem], key_file: key.pem}\n", Bad},
      {"tls_server_config: {cert_file: both.pem, key_file: both.pem}\n"},
      {"tls_server_config: {cert_file: expired.pem, key_file: expired-key.pem}\n"},
      {"tls_server_config: {cert_file: weak.pem, key_file: weak-key.pem}\n", Stricter, "1024 bits"},
      {"tls_server_config: {certfile: cert.pem}\n", Bad},
      {tls("  client_auth_type: NoClientCert\n")},
      {tls("  client_auth_type: RequestClientCert\n")},
      {tls("  client_auth_type: RequireClientCert\n")},
      {tls("  client_auth_type: RequireAnyClientCert\n")},
      {tls("  client_auth_type: VerifyClientCertIfGiven\n")},
      {tls(mutual)},
      {tls("  client_auth_type: ''\n")},
      {tls("  client_auth_type:\n")},
      {tls("  client_auth_type: requireandverifyclientcert\n"), Bad},
      {tls("  client_auth_type: [NoClientCert]\n"), Bad},
      {tls("  client_ca_file: cert.pem\n"), Bad},
      {tls("  client_ca_file: cert.pem\n  client_auth_type: NoClientCert\n"), Bad},
      {tls(mutual + "  client_ca_file: cert.pem\n")},
      {tls(mutual + "  client_ca_file: missing.pem\n"), Bad},
      {tls(mutual + "  client_ca_file: junk.pem\n"), Stricter, "no client could connect"},
      {tls(mutual + "  client_ca_file: empty.pem\n"), Stricter, "no client could connect"},
      {tls(mutual + "  client_ca_file: cert.pem\n  client_allowed_sans: [a, 10.1.2.3]\n"), Newer},
      {tls("  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [a]\n"), Newer},
      {tls("  client_allowed_sans: [a]\n"), Bad},
      {tls("  client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: [a]\n"), Bad},
      {tls("  min_version: TLS10\n")},
      {tls("  min_version: TLS13\n  max_version: TLS13\n")},
      {tls("  min_version:\n")},
      {tls("  min_version: ''\n"), Bad},
      {tls("  min_version: TLS14\n"), Bad},
      {tls("  min_version: 1.2\n"), Bad},
      {tls("  min_version: TLS13\n  max_version: TLS12\n"), Stricter, "no client could connect"},
      {tls("  prefer_server_cipher_suites: false\n")},
      {tls("  prefer_server_cipher_suites: Off\n")},
      {tls("  prefer_server_cipher_suites: yes\n")},
      {tls("  prefer_server_cipher_suites: \"true\"\n"), Bad},
      {tls("  prefer_server_cipher_suites: 1\n"), Bad},
      {tls("  prefer_server_cipher_suites: maybe\n"), Bad},
      {tls("  cipher_suites: []\n")},
      {tls("  cipher_suites:\n")},
      {tls("  cipher_suites: TLS_AES_128_GCM_SHA256\n"), Bad},
      {tls("  cipher_suites: [TLS_FOO]\n"), Bad},
      {tls("  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n"), Bad},
      {tls("  cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256]\n"), Bad},
      {tls("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n")},
      {tls("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  max_version: TLS12\n"), Stricter,
       "no client could connect"},
      {tls("  curve_preferences: [X25519, CurveP521, CurveP384, CurveP256]\n")},
      {tls("  curve_preferences: [P-256]\n"), Bad},
      {tls("  curve_preferences: {CurveP256: true}\n"), Bad},
  };
}

std::vector<Case> cipher_cases() {
  std::vector<Case> cases;
  for (const char* pair :
       {"ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "RSA_WITH_AES_128_GCM_SHA256", "RSA_WITH_AES_256_GCM_SHA384", "RSA_WITH_AES_128_CBC_SHA",
        "RSA_WITH_AES_256_CBC_SHA", "AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"})
    cases.push_back({tls("  cipher_suites: [TLS_" + std::string{pair} + "]\n")});
  return cases;
}

std::vector<Case> user_cases() {
  using enum Verdict;
  return {
      {user(kHash)},
      {"basic_auth_users:\n"},
      {"basic_auth_users: {}\n"},
      {"basic_auth_users: {12: '" + kHash + "'}\n"},
      {"basic_auth_users: {'': '" + kHash + "'}\n"},
      {"basic_auth_users: {'a:b': '" + kHash + "'}\n"},
      {"basic_auth_users: {a: &hash '" + kHash + "', b: *hash}\n"},
      {"basic_auth_users: {a: '" + kHash + "', a: '" + kHash + "'}\n", Bad},
      {"basic_auth_users: {alice: }\n", Bad},
      {"basic_auth_users: {alice: [a]}\n", Bad},
      {"basic_auth_users: [alice]\n", Bad},
      {user("hunter2"), Bad},
      {user(kHash.substr(0, 58)), Bad},
      {user(kHash.substr(0, 59))},
      {user(kHash + "more")},
      {user(replaced(kHash, "2y", "2b"))},
      {user(replaced(kHash, "2y", "2x"))},
      {user(replaced(kHash, "2y", "2") + "x")},
      {user(replaced(kHash, "2y", "1y"))},
      {user(replaced(kHash, "2y", "3y")), Bad},
      {user("$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2jctKu9YterLp8wwnSq.qc."
            "eoxqOmSuNp2xS0ktL3nh"),
       Bad},
      {user("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ={SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), Bad},
      {user(replaced(kHash, "$10", "$04"))},
      {user(replaced(kHash, "$10", "$03")), Bad},
      {user(replaced(kHash, "$10", "$16"))},
      {user(replaced(kHash, "$10", "$17")), Stricter, "seconds of work for each login"},
      {user(replaced(kHash, "$10", "$31")), Stricter, "hours of work for each login"},
      {user(replaced(kHash, "$10", "$32")), Bad},
      {user(replaced(kHash, "$10", "$1x")), Bad},
      {user(replaced(kHash, "X0h", "X!h"))},
  };
}

std::vector<Case> other_cases() {
  using enum Verdict;
  return {
      {""},
      {"# nothing\n"},
      {"{}\n"},
      {"hello\n", Bad},
      {"[a]\n", Bad},
      {"certificate: 1\n", Bad},
      {"tls_server_config:\n\tcert_file: cert.pem\n", Bad},
      {"http_server_config: {http2: true}\nhttp_server_config: {http2: true}\n", Bad},
      {"http_server_config:\n"},
      {"http_server_config: {http2: false}\n"},
      {"http_server_config: {http2: maybe}\n", Bad},
      {"http_server_config: {http3: true}\n", Bad},
      {"http_server_config: {headers: [a]}\n", Bad},
      {"http_server_config: {headers: }\n"},
      {header("X-Frame-Options: deny")},
      {header("X-Frame-Options: sameorigin")},
      {header("X-Frame-Options: DENY"), Bad},
      {header("X-Frame-Options: ''"), Bad},
      {header("X-Frame-Options:"), Bad},
      {header("x-frame-options: deny"), Bad},
      {header("X-Content-Type-Options: nosniff"), Good},
      {header("X-Content-Type-Options: sniff"), Bad},
      {header("X-XSS-Protection: 1; mode=block")},
      {header("Strict-Transport-Security: max-age=31536000")},
      {header("Content-Security-Policy: default-src 'self'")},
      {header("Content-Security-Policy: ''")},
      {header("Content-Security-Policy:")},
      {header("Content-Security-Policy: [a]"), Bad},
      {header("Content-Security-Policy: \"a\\nX-Other: b\""), Stricter, "a header of its own"},
      {header("Server: rdpwatch"), Bad},
      {"http_server_config: {http2: true}\n---\nhttp_server_config: {}\n", Stricter,
       "as in every file of ours"},
      {"http_server_config: {http2: !!bool true}\n", Stricter, "as in every file of ours"},
  };
}

std::string pem_of(const test::MadeCertificate& made) { return test::pem(*made.certificate); }

/// The files that the cases name.
void write_pems(const test::ScratchFolder& folder) {
  const auto mine = test::make_certificate();
  const auto other = test::make_certificate();
  const auto expired = test::make_certificate({.until = -std::chrono::days{1}});
  const auto weak = test::make_certificate({.rsa_bits = 1024});
  folder.write("cert.pem", pem_of(mine));
  folder.write("key.pem", test::pem(*mine.key));
  folder.write("both.pem", pem_of(mine) + test::pem(*mine.key));
  folder.write("other-key.pem", test::pem(*other.key));
  folder.write("expired.pem", pem_of(expired));
  folder.write("expired-key.pem", test::pem(*expired.key));
  folder.write("weak.pem", pem_of(weak));
  folder.write("weak-key.pem", test::pem(*weak.key));
  folder.write("junk.pem", "junk\n");
  folder.write("empty.pem", "");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> locked{
      std::fopen(folder.path("locked.pem").c_str(), "w"), &std::fclose};
  const unsigned char passphrase[] = "secret";
  PEM_write_PrivateKey(locked.get(), mine.key.get(), EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr);
}

std::string output_of(const std::string& command) {
  std::string output;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  ::pclose(pipe);
  return output;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (auto& part : {tls_cases(), cipher_cases(), user_cases(), other_cases()})
    cases.insert(cases.end(), part.begin(), part.end());
  return cases;
}

WebFileResult load_web_text(const std::string& text) {
  const test::ScratchFolder folder;
  write_pems(folder);
  folder.write("web.yaml", text);
  return load_web_file(folder.path("web.yaml"));
}

}  // namespace

TEST_CASE("web file: verdicts are those of the table") {
  const test::ScratchFolder folder;
  write_pems(folder);
  for (const auto& each : all_cases()) {
    CAPTURE(each.text);
    folder.write("web.yaml", each.text);
    const auto result = load_web_file(folder.path("web.yaml"));
    CAPTURE(to_text(result.diagnostics));
    const bool good = each.verdict == Verdict::Good || each.verdict == Verdict::Newer;
    CHECK((result.file != nullptr) == good);
    if (!good) CHECK_FALSE(result.diagnostics.empty());
    for (const auto& diagnostic : result.diagnostics) CHECK(0 < diagnostic.line);
  }
}

TEST_CASE("web file: the table says of each file what promtool says of it") {
  if (!output_of("promtool --version").starts_with("promtool")) {
    MESSAGE("skipped: promtool is not there to compare with");
    return;
  }
  const test::ScratchFolder folder;
  write_pems(folder);
  const auto cases = all_cases();
  std::string command = "cd " + folder.path().string() + " && promtool check web-config";
  const auto name = [](std::size_t i) { return "case" + std::to_string(i) + ".yml"; };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    folder.write(name(i), cases[i].text);
    command += " " + name(i);
  }
  const std::string verdicts = "\n" + output_of(command);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].verdict == Verdict::Newer) continue;
    CAPTURE(cases[i].text);
    const bool good = cases[i].verdict != Verdict::Bad;
    CHECK((verdicts.find("\n" + name(i) + " SUCCESS") != std::string::npos) == good);
    CHECK((verdicts.find("\n" + name(i) + " FAILED") != std::string::npos) == !good);
  }
}

TEST_CASE("web file: what it says is there") {
  const auto result = load_web_text(
      tls("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: cert.pem\n"
          "  client_allowed_sans: [a.corp.example]\n  min_version: TLS13\n  curve_preferences: [CurveP384]\n"
          "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  prefer_server_cipher_suites: no\n") +
      header("X-Frame-Options: deny\n    Content-Security-Policy: ''") + user(kHash));
  REQUIRE(result.file);
  const WebFile& file = *result.file;
  CHECK(file.tls_context != nullptr);
  CHECK(file.tls->client_auth == ClientAuth::RequireAndVerify);
  CHECK(file.tls->client_allowed_sans == std::vector<std::string>{"a.corp.example"});
  CHECK(file.tls->min_version == TlsVersion::Tls13);
  CHECK(file.tls->curve_preferences == std::vector<std::string>{"P-384"});
  CHECK_FALSE(file.tls->prefer_server_cipher_suites);
  CHECK(file.headers == Headers{{"X-Frame-Options", "deny"}});
  CHECK(file.users.at("alice") == kHash);
  CHECK(file.files.size() == 4);
}

TEST_CASE("web file: no message repeats a password or a hash") {
  const std::string below = "http_server_config: {http3: true}\n";
  for (const std::string& users :
       {std::string{"basic_auth_users: {alice: hunter2}\n"},
        std::string{"basic_auth_users:\n  alice: hunter2\n"}, std::string{"basic_auth_users:\n- hunter2\n"},
        std::string{"{basic_auth_users: {alice:\nhunter2}, x: }\n"},
        std::string{"basic_auth_users:\n  alice: [hunter2]\n"},
        std::string{"basic_auth_users:\n  alice: \"hunter2\n"},
        std::string{"\"basic_auth_users\":\n  alice: hunter2: x\n"},
        std::string{"basic_auth_users: hunter2\n"},
        std::string{"basic_auth_users:\n  a: !hunter2 hunter2\n"}}) {
    CAPTURE(users);
    const auto result = load_web_text(users + below);
    CHECK(result.file == nullptr);
    for (auto diagnostic : result.diagnostics) {
      CHECK(diagnostic.source_line.find("hunter2") == std::string::npos);
      if (users.find('!') == std::string::npos)
        CHECK(to_text(std::span{&diagnostic, 1}).find("hunter2") == std::string::npos);
    }
  }
  const auto shown = load_web_text("basic_auth_users:\n  alice: x\nhttp_server_config:\n  http3: true\n");
  CHECK(to_text(shown.diagnostics).find("  http3: true") != std::string::npos);
}

TEST_CASE("web file: hashes that no password fits are said so") {
  for (const auto& hash :
       {kHash.substr(0, 59), kHash + "more", replaced(kHash, "X0h", "X!h"), replaced(kHash, "2y", "2z")}) {
    CAPTURE(hash);
    const auto result = load_web_text(user(hash));
    REQUIRE(result.file);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics[0].text == "no password fits this hash");
  }
}

TEST_CASE("web file: a part of the configuration, by key or in its place") {
  const test::ScratchFolder folder;
  write_pems(folder);
  folder.write("web.yaml", tls());
  folder.write("users.yaml", user(kHash));
  folder.write("bad.yaml", "tls_server_config: {cert_file: cert.pem}\n");
  folder.write("rdpwatch.yaml", "web: {config_file: web.yaml}\ntargets: [a]\n");
  const auto main = folder.path("rdpwatch.yaml");
  const auto result = load(main);
  REQUIRE(result.config);
  CHECK(result.config->web.file->tls);
  CHECK(result.config->external_url == "https://127.0.0.1:19389");
  CHECK(result.config->web.config_file == folder.path("web.yaml"));
  const auto other = load(main, {.web_config_file = folder.path("users.yaml")});
  REQUIRE(other.config);
  CHECK_FALSE(other.config->web.file->tls);
  CHECK(other.config->web.file->users.size() == 1);
  CHECK(other.config->external_url == "http://127.0.0.1:19389");
  CHECK(other.config->sha256 != result.config->sha256);
  CHECK(to_yaml(*other.config).find(kHash.substr(0, 12)) == std::string::npos);
  CHECK_FALSE(load(main, {.web_config_file = folder.path("bad.yaml")}).config);
  CHECK_FALSE(load(main, {.web_config_file = folder.path("missing.yaml")}).config);
}
