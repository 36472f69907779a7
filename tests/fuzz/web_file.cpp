#include "config/web_file.h"

#include <algorithm>
#include <string>

#include "tests/fuzz/entries.h"
#include "tests/fuzz/invariant.h"

namespace rdpwatch::fuzz {

void web_file(Input input) {
  const auto end = std::ranges::find(input, std::uint8_t{0});
  const std::string text{input.begin(), end};
  const std::string pem{end == input.end() ? end : end + 1, input.end()};
  const config::FileAccess files{
      .read = [&](const std::filesystem::path& path) -> std::expected<std::string, std::string> {
        return path == "web.yaml" ? text : pem;
      }};
  const auto result = config::load_web_file("web.yaml", files);
  const bool valid = std::ranges::none_of(result.diagnostics, [](const config::Diagnostic& diagnostic) {
    return diagnostic.level == config::Diagnostic::Level::Error;
  });
  invariant(valid == (result.file != nullptr), "there is a file, or there are errors");
  if (!result.file) return;
  invariant(result.file->tls.has_value() == (result.file->tls_context != nullptr),
            "TLS that is configured works");
  for (const auto& [name, value] : result.file->headers)
    invariant(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
}

}  // namespace rdpwatch::fuzz
