#include "daemon/commands/probe.h"

#include <iostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/commands/climb_all.h"
#include "daemon/commands/exit_code.h"
#include "daemon/commands/progress.h"
#include "daemon/ladder.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon {
namespace {

/// Writes each result as it comes and counts them.
class Printer {
 public:
  Printer(const ProbeOptions& options, std::size_t all)
      : options_{options},
        style_{style_of(STDOUT_FILENO, options.colour)},
        progress_{options.quiet ? 0 : all} {}

  void print(const ClimbedTarget& climbed) {
    progress_.erase();
    switch (climbed.end) {
      case ClimbedTarget::End::Reported: print(*climbed.report); return;
      case ClimbedTarget::End::Budget:
        std::cerr << "rdpwatch: " << climbed.target->id
                  << ": not probed: budget (its address was connected to as often as is allowed)\n";
        ++not_probed_;
        return;
      case ClimbedTarget::End::Interrupted: ++not_probed_; return;
    }
  }

  void show_progress(std::size_t done) { progress_.show(done); }

  int finish() {
    progress_.erase();
    const auto all = ok_ + degraded_ + failed_ + not_probed_;
    if (!options_.json && 1 < all) {
      std::cout << '\n'
                << all << " targets: " << ok_ << " ok, " << degraded_ << " degraded, " << failed_
                << " failed";
      if (0 < not_probed_) std::cout << ", " << not_probed_ << " not probed";
      std::cout << '\n';
    }
    std::cout.flush();
    return failed_ + not_probed_ == 0 ? kExitOk : kExitFailed;
  }

 private:
  void print(const ProbeReport& report) {
    ++(report.verdict == Verdict::Ok ? ok_ : report.verdict == Verdict::Degraded ? degraded_ : failed_);
    if (options_.json) {
      auto json = to_json(report);
      if (options_.evidence) json["evidence"] = evidence_json(report);
      std::cout << to_line(json) << std::endl;
      return;
    }
    if (1 < ok_ + degraded_ + failed_) std::cout << '\n';
    std::cout << ladder(report, style_) << std::flush;
  }

  const ProbeOptions& options_;
  TextStyle style_;
  Progress progress_;
  std::size_t ok_ = 0, degraded_ = 0, failed_ = 0, not_probed_ = 0;
};

void tell_about_budget(const config::ConnectionBudget& budget) {
  std::cerr
      << "rdpwatch: at most " << budget.connections << " connections in " << budget.window.count()
      << " s to one address and port, counted in this process; what a running daemon does is not known\n";
}

}  // namespace

int probe(const ProbeOptions& options) {
  const auto selected = select_targets(options.choice);
  if (!selected) return selected.error();
  if (!options.quiet) tell_about_budget(selected->budget);
  Printer printer{options, selected->targets.size()};
  const bool interrupted =
      climb_all(selected->targets,
                {.parallel = options.parallel,
                 .budget = selected->budget,
                 .on_target = [&](const ClimbedTarget& climbed) { printer.print(climbed); },
                 .on_progress = [&](std::size_t done, std::size_t) { printer.show_progress(done); }});
  const int exit_code = printer.finish();
  if (interrupted) std::cerr << "rdpwatch: interrupted\n";
  return exit_code;
}

}  // namespace rdpwatch::daemon
