#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>

#include "daemon/explain.h"
#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon {
namespace {

/// Reasons that stand for more than one extended code, whatever the first code is.
struct ExtendedFamily {
  std::string_view reason;
  std::uint32_t first;
  std::uint32_t last;
};

constexpr auto kExtendedFamilies = std::to_array<ExtendedFamily>({
    {"session_admin_ended", 0xB, 0xB},
    {"session_display_driver", 0xF, 0xF},
    {"session_display_driver", 0x11, 0x12},
    {"session_component_crash", 0x10, 0x10},
    {"session_component_crash", 0x17, 0x18},
    {"license_protocol_error", 0x100, 0x108},
    {"license_errinfo", 0x100, 0x10A},
    {"broker_error", 0x400, 0x412},
    {"session_protocol_error", 0x10C9, 0x1195},
});

std::optional<std::uint32_t> parse(std::string_view text, int base) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return parse(text.substr(2), 16);
  return parse(text, 10);
}

/// "904" is what people read off a dialog that says 0x904.
std::optional<std::uint32_t> parse_first(std::string_view text) {
  const auto number = parse_number(text);
  if (number && (find_disconnect_reason(*number) != nullptr || text.starts_with('0'))) return number;
  const auto hexadecimal = parse(text, 16);
  return hexadecimal && find_disconnect_reason(*hexadecimal) != nullptr ? hexadecimal : number;
}

using Match = Candidate::Match;

std::optional<Match> match(const ClientCode& pair, const DialogCodes& codes) {
  if (pair.basis == Basis::None) return std::nullopt;
  const bool code_fits = codes.code && pair.code == codes.code;
  const bool extended_fits = codes.extended && pair.extended == codes.extended;
  if (!pair.code) return extended_fits ? std::optional{Match::Exact} : std::nullopt;
  if (code_fits) return extended_fits || !codes.extended || !pair.extended ? Match::Exact : Match::Partial;
  if (extended_fits && !codes.code) return Match::Partial;
  return std::nullopt;
}

bool in_family(const Row& row, const DialogCodes& codes) {
  return codes.extended && std::ranges::any_of(kExtendedFamilies, [&](const ExtendedFamily& family) {
           return family.reason == row.reason && family.first <= *codes.extended &&
                  *codes.extended <= family.last;
         });
}

std::optional<Candidate> candidate(const Row& row, const DialogCodes& codes) {
  std::optional<Candidate> best;
  for (const ClientCode* pair : {&row.client, &row.client_alternative}) {
    const auto fit = match(*pair, codes);
    if (fit && (!best || *fit < best->match)) best = Candidate{&row, *pair, *fit};
  }
  if ((!best || best->match == Match::Partial) && in_family(row, codes))
    best = Candidate{&row, {{}, codes.extended, row.client.basis}, Match::Exact};
  return best;
}

auto likelihood(const Candidate& candidate) {
  const Row& row = *candidate.row;
  const bool second_pair = candidate.client.code != row.client.code;
  return std::tuple{candidate.match, candidate.client.basis, row.availability != Availability::Now,
                    second_pair, row.number};
}

std::multiset<std::string_view> letter_pairs(std::string_view word) {
  std::multiset<std::string_view> pairs;
  for (std::size_t i = 0; i + 1 < word.size(); ++i) pairs.insert(word.substr(i, 2));
  return pairs;
}

/// Share of letter pairs that two words have in common, 0 to 1.
double likeness(std::string_view a, std::string_view b) {
  const auto in_a = letter_pairs(a), in_b = letter_pairs(b);
  std::vector<std::string_view> common;
  std::ranges::set_intersection(in_a, in_b, std::back_inserter(common));
  const auto total = in_a.size() + in_b.size();
  return total == 0 ? 0 : 2 * static_cast<double>(common.size()) / static_cast<double>(total);
}

}  // namespace

std::optional<DialogCodes> parse_dialog_codes(std::string_view first, std::string_view second) {
  const auto code = parse_first(first);
  if (!code) return std::nullopt;
  if (second.empty()) {
    const bool only_extended =
        find_disconnect_reason(*code) == nullptr && find_extended_reason(*code) != nullptr;
    return only_extended ? DialogCodes{.extended = code} : DialogCodes{.code = code};
  }
  const auto extended = parse_number(second);
  if (!extended) return std::nullopt;
  return DialogCodes{code, extended};
}

std::vector<Candidate> candidates(const DialogCodes& codes) {
  std::vector<Candidate> found;
  for (const Row& row : taxonomy())
    if (const auto fit = candidate(row, codes)) found.push_back(*fit);
  std::ranges::stable_sort(found, {}, likelihood);
  return found;
}

const Row* find_reason_or_family(std::string_view id) {
  if (const Row* row = find_reason(id)) return row;
  const auto at = id.rfind('_');
  if (at == std::string_view::npos || !parse_number(id.substr(at + 1))) return nullptr;
  const Row* family = find_reason(id.substr(0, at));
  const bool open = family != nullptr && family->observation.find("(a family:") != std::string_view::npos;
  return open ? family : nullptr;
}

std::vector<std::string_view> similar_reasons(std::string_view id) {
  constexpr double kFloor = 0.3;
  constexpr std::size_t kMost = 3;
  std::vector<std::pair<double, std::string_view>> scored;
  for (const Row& row : taxonomy())
    if (const auto score = likeness(id, row.reason); kFloor <= score) scored.emplace_back(score, row.reason);
  std::ranges::stable_sort(scored, std::greater{}, [](const auto& entry) { return entry.first; });
  std::vector<std::string_view> ids;
  for (const auto& entry : scored)
    if (ids.size() < kMost) ids.push_back(entry.second);
  return ids;
}

}  // namespace rdpwatch::daemon
