#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/runbook.h"
#include "daemon/text.h"
#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::daemon {

/// The two numbers of the dialog. Either may be missing.
struct DialogCodes {
  std::optional<std::uint32_t> code{};      ///< "error code"
  std::optional<std::uint32_t> extended{};  ///< "extended error code"
};

/// Reads `explain`'s arguments, "0x904" or "2308" and perhaps a second one. A first number without 0x that no
/// client shows in decimal but one does in hexadecimal ("904") is taken as hexadecimal. A number alone that
/// is no first code is taken as the extended one. Nothing when an argument is not a number.
std::optional<DialogCodes> parse_dialog_codes(std::string_view first, std::string_view second = {});

/// A reason that may stand behind the codes.
struct Candidate {
  enum class Match : std::uint8_t {
    Exact,   ///< all numbers that were given fit
    Partial  ///< one of the two fits
  };
  const Row* row = nullptr;
  ClientCode client{};  ///< the pair of the row that fits best
  Match match = Match::Partial;
};

/// Every row that shows these codes, the likeliest first: an exact pair before a partial one; then documented
/// before reported before inferred; then what this release can tell before what it cannot, because the
/// operator can check it at once; then a row's first pair before its second one; then the order of the climb.
std::vector<Candidate> candidates(const DialogCodes& codes);

/// The row of an id; of a family also with its number, as in "broker_error_1024". nullptr for none.
const Row* find_reason_or_family(std::string_view id);

/// At most three ids that look like `id`, the likest first.
std::vector<std::string_view> similar_reasons(std::string_view id);

/// Why this release cannot see the reason, one phrase; empty when it can.
std::string_view why_not_now(const Row& row);

/// A section of the runbook: of a reason, or of a topic.
std::string explain_section(const RunbookSection& section, const TextStyle& style);
std::string explain_codes(const DialogCodes& codes, const TextStyle& style);
/// One line for each reason, never wrapped; those that this release cannot reach are marked.
std::string explain_all(const TextStyle& style);

nlohmann::ordered_json reason_json(const Row& row);
nlohmann::ordered_json codes_json(const DialogCodes& codes);

/// "0x904 / 0x7"; one number alone is named.
std::string to_string(const ClientCode& client);

}  // namespace rdpwatch::daemon
