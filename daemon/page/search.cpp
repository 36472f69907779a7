#include "daemon/page/search.h"

#include <algorithm>
#include <array>

#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon::page {
namespace {

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
  return result;
}

/// The words of `text`; punctuation that people copy from the dialog is no part of them.
std::vector<std::string_view> words_of(std::string_view text) {
  constexpr std::string_view kBetween = " \t,;/()";
  std::vector<std::string_view> words;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find_first_of(kBetween));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    while (word.ends_with(':') || word.ends_with('.')) word.remove_suffix(1);
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

bool is_filler(std::string_view word) {
  constexpr std::array<std::string_view, 5> kFillers{"error", "code", "codes", "extended", "and"};
  return std::ranges::find(kFillers, word) != kFillers.end();
}

bool is_known(const DialogCodes& codes) {
  return (codes.code && find_disconnect_reason(*codes.code) != nullptr) ||
         (codes.extended && find_extended_reason(*codes.extended) != nullptr) || !candidates(codes).empty();
}

struct Codes {
  DialogCodes codes{};
  bool certain = false;  ///< nothing but codes is written like this
};

std::optional<Codes> codes_in(const std::string& text) {
  auto words = words_of(text);
  const bool in_words = std::erase_if(words, is_filler) != 0;
  if (words.empty() || 2 < words.size()) return std::nullopt;
  const bool in_hexadecimal = std::ranges::any_of(words, [](auto word) { return word.starts_with("0x"); });
  const auto codes = parse_dialog_codes(words[0], words.size() == 2 ? words[1] : std::string_view{});
  if (!codes) return std::nullopt;
  const bool certain = in_words || in_hexadecimal || words.size() == 2;
  if (!certain && !is_known(*codes)) return std::nullopt;
  return Codes{*codes, certain};
}

/// The candidates that fit all numbers; those that share one of them when there are none.
std::vector<Candidate> best_candidates(const DialogCodes& codes) {
  auto found = candidates(codes);
  if (!found.empty() && found.front().match == Candidate::Match::Exact)
    std::erase_if(found, [](const Candidate& each) { return each.match == Candidate::Match::Partial; });
  return found;
}

}  // namespace

bool shows(const ProbeReport& report, const Row& row) {
  return report.decisive_row() == &row ||
         std::ranges::any_of(report.findings, [&](const Finding& finding) { return finding.row == &row; });
}

Search::Search(std::string_view typed) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = typed.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return;
  text_ = lower(typed.substr(begin, typed.find_last_not_of(kSpace) - begin + 1));
  reason_ = find_reason_or_family(text_);
  const auto codes = codes_in(text_);
  if (!codes) return;
  codes_ = codes->codes;
  behind_ = best_candidates(*codes_);
  if (codes->certain) text_.clear();
}

bool Search::shows_codes(const ProbeReport& report) const {
  return std::ranges::any_of(behind_,
                             [&](const Candidate& candidate) { return shows(report, *candidate.row); });
}

/// Looks for the lower-case `text_` whatever the case of `text`. Goes from one place with its first letter to
/// the next, since nearly all texts that are asked have it nowhere.
bool Search::contains(std::string_view text) const {
  const char small = text_.front();
  const char large = 'a' <= small && small <= 'z' ? static_cast<char>(small - ('a' - 'A')) : small;
  const auto matches_at = [&](std::size_t at) {
    return std::ranges::equal(text.substr(at, text_.size()), text_, {}, [](char c) { return lower(c); });
  };
  const auto anywhere = [&](char first) {
    for (std::size_t at = text.find(first); at != std::string_view::npos; at = text.find(first, at + 1))
      if (matches_at(at)) return true;
    return false;
  };
  return anywhere(small) || (large != small && anywhere(large));
}

/// Whether `text_` is "name=value", whatever the case.
bool Search::is_label(std::string_view name, std::string_view value) const {
  if (text_.size() != name.size() + 1 + value.size() || text_[name.size()] != '=') return false;
  const std::string_view text = text_;
  const auto same = [](std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, [](char c) { return lower(c); });
  };
  return same(name, text.substr(0, name.size())) && same(value, text.substr(name.size() + 1));
}

bool Search::matches_text(const TargetRecord& record) const {
  const config::Target& target = *record.target;
  const auto any = [this](const auto& texts) {
    return std::ranges::any_of(texts, [this](const std::string& text) { return contains(text); });
  };
  if (contains(target.id) || contains(target.host)) return true;
  for (const auto& [name, value] : target.labels)
    if (contains(value) || is_label(name, value)) return true;
  const ProbeReport* report = record.last.get();
  if (report == nullptr) return false;
  const Row* decisive = report->decisive_row();
  return contains(report->address) || (report->resolve && any(report->resolve->addresses)) ||
         (report->nla && (contains(report->nla->computer) || contains(report->nla->dns_name))) ||
         (decisive != nullptr && contains(decisive->reason)) ||
         (reason_ != nullptr && shows(*report, *reason_));
}

bool Search::matches(const TargetRecord& record) const {
  if (empty()) return true;
  if (codes_ && record.last && shows_codes(*record.last)) return true;
  return !text_.empty() && matches_text(record);
}

}  // namespace rdpwatch::daemon::page
