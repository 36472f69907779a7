#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/explain.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::page {

/// What somebody typed into the search field, understood.
///
/// "0x904", "0x904 0x7", "2308 7", "Error code: 0x904, extended error code: 0x7": the codes of the dialog,
/// and what may stand behind them. A lone decimal number may be part of a name as well. Everything else is
/// text: part of an id, a host, an address, a name that the host gave itself, a reason, or "label=value".
class Search {
 public:
  Search() = default;
  explicit Search(std::string_view typed);

  bool empty() const { return text_.empty() && !codes_; }
  const std::optional<DialogCodes>& codes() const { return codes_; }
  /// Likeliest first; empty without codes, or when no reason is known to show them.
  const std::vector<Candidate>& behind() const { return behind_; }
  /// Set when the whole text is the id of a reason.
  const Row* reason() const { return reason_; }

  bool matches(const TargetRecord& record) const;

 private:
  bool matches_text(const TargetRecord& record) const;
  bool shows_codes(const ProbeReport& report) const;
  bool is_label(std::string_view name, std::string_view value) const;
  bool contains(std::string_view text) const;

  std::string text_{};  ///< lower case; empty when there are only codes
  std::optional<DialogCodes> codes_{};
  std::vector<Candidate> behind_{};
  const Row* reason_ = nullptr;
};

/// Whether `row` decides `report` or is among its findings.
bool shows(const ProbeReport& report, const Row& row);

}  // namespace rdpwatch::daemon::page
