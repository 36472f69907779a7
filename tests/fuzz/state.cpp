#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "daemon/metrics/sample_text.h"
#include "daemon/report_json.h"
#include "daemon/state/snapshot.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/invariant.h"

namespace rdpwatch::fuzz {
namespace {

using namespace daemon::state;

const Clocks kNow{std::chrono::sys_days{std::chrono::year{2027} / 1 / 2},
                  std::chrono::steady_clock::time_point{std::chrono::hours{100}}};

bool every(std::string_view) { return true; }

/// Fuzzing does not guess a checksum: the input stands between a first and a last line that fit.
std::string confirmed(std::string_view lines) {
  std::string text = header_line({"0.1.0", kNow.wall, false});
  text += lines;
  if (!text.ends_with('\n')) text += '\n';
  Tally tally;
  tally.add(text);
  return text + tally.last_line();
}

/// What was taken over can be shown, and saved again as the same.
void check(const TargetState& target) {
  const auto saved = to_json(target, kNow);
  invariant(to_json(target_from(saved, kNow), kNow) == saved, "what was read is saved as the same");
  auto record = target.record;
  auto configured = std::make_shared<config::Target>();
  configured->id = target.id;
  record.target = std::move(configured);
  const daemon::metrics::SampleText samples{record};
  if (record.last) daemon::to_line(daemon::to_json(*record.last));
  if (record.last) daemon::to_line(daemon::evidence_json(*record.last));
}

}  // namespace

void state(Input input) {
  const std::string text{input.begin(), input.end()};
  const auto raw = read_snapshot(text, kNow, every);
  invariant(raw || !raw.error().why.empty(), "what is refused is told why");
  const auto contents = read_snapshot(confirmed(text), kNow, every);
  invariant(contents.has_value(), "what is confirmed is read");
  for (const auto& target : contents->targets) check(target);
  for (const auto& endpoint : contents->endpoints)
    invariant(endpoint_line(endpoint, kNow).ends_with("\n"), "endpoints are lines");
  daemon::Budget budget{{}};
  budget.restore(contents->endpoints, daemon::Budget::Gap{kNow.steady - std::chrono::hours{1}, kNow.steady});
  for (const auto& each : budget.remembered())
    invariant(each.uses.size() <= 4, "no endpoint remembers more than its budget");
}

}  // namespace rdpwatch::fuzz
