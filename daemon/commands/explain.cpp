#include "daemon/commands/explain.h"

#include <iostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/commands/exit_code.h"
#include "daemon/explain.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon {
namespace {

int print_all(const ExplainOptions& options, const TextStyle& style) {
  if (options.json)
    for (const Row& row : taxonomy()) std::cout << to_line(reason_json(row)) << '\n';
  else std::cout << explain_all(style);
  return kExitOk;
}

int print_reason(const Row& row, const ExplainOptions& options, const TextStyle& style) {
  if (options.json) std::cout << to_line(reason_json(row)) << '\n';
  else std::cout << explain_section(runbook_section(row), style);
  return kExitOk;
}

int print_codes(const DialogCodes& codes, const ExplainOptions& options, const TextStyle& style) {
  if (options.json) std::cout << to_line(codes_json(codes)) << '\n';
  else std::cout << explain_codes(codes, style);
  return kExitOk;
}

int unknown(const std::string& word) {
  std::cerr << "rdpwatch: no reason and no code is called \"" << word << "\"\n";
  const auto similar = similar_reasons(word);
  if (!similar.empty()) std::cerr << "did you mean";
  for (std::size_t i = 0; i < similar.size(); ++i) std::cerr << (i == 0 ? " " : ", ") << similar[i];
  if (!similar.empty()) std::cerr << "?\n";
  std::cerr << "rdpwatch explain lists all reasons\n";
  return kExitUsage;
}

}  // namespace

int explain(const ExplainOptions& options) {
  const auto style = style_of(STDOUT_FILENO, options.colour);
  const auto& words = options.words;
  if (options.runbook) {
    std::cout << runbook_markdown();
    return kExitOk;
  }
  if (options.all || words.empty()) return print_all(options, style);
  if (words.size() == 1)
    if (const Row* row = find_reason_or_family(words.front())) return print_reason(*row, options, style);
  if (words.size() == 1)
    if (const auto topic = find_runbook_section(words.front())) {
      std::cout << explain_section(*topic, style);
      return kExitOk;
    }
  if (2 < words.size()) return unknown(words[2]);
  const auto codes =
      parse_dialog_codes(words[0], words.size() < 2 ? std::string_view{} : std::string_view{words[1]});
  return codes ? print_codes(*codes, options, style) : unknown(words.back());
}

}  // namespace rdpwatch::daemon
