#include <array>
#include <filesystem>
#include <regex>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/hex.h"

namespace {

constexpr std::array kFolders{"probes/wire", "probes/handshake", "probes/taxonomy"};

/// Asio is header-only, so a stray include would compile; so would most of the others.
const std::regex kForbidden{
    R"(#\s*include\s*["<](asio|spdlog|prometheus|restinio|yaml-cpp|openssl/ssl|ares|sys/socket|probes/net|daemon)[^">]*)"};

std::string first_forbidden_include(const std::string& text) {
  std::smatch match;
  return std::regex_search(text, match, kForbidden) ? match.str() : "";
}

}  // namespace

TEST_CASE("layering: wire, handshake and taxonomy know no sockets, logs or metrics") {
  int files = 0;
  for (const std::string folder : kFolders) {
    for (const auto& entry : std::filesystem::directory_iterator{RDPWATCH_SOURCE_DIR "/" + folder}) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      const auto name = folder + "/" + entry.path().filename().string();
      CAPTURE(name);
      CHECK(first_forbidden_include(rdpwatch::test::text_file(name)) == "");
      ++files;
    }
  }
  CHECK(20 < files);
}

TEST_CASE("layering: the search finds what it looks for") {
  CHECK(first_forbidden_include("#include <asio/awaitable.hpp>") != "");
  CHECK(first_forbidden_include("#pragma once\n# include \"spdlog/spdlog.h\"\n") != "");
  CHECK(first_forbidden_include("#include <openssl/ssl.h>") != "");
  CHECK(first_forbidden_include("#include <openssl/asn1t.h>") == "");
}
