#include "daemon/commands/diagnose.h"

#include <iostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/commands/examine.h"
#include "daemon/commands/exit_code.h"
#include "daemon/diagnosis/diagnosis_text.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon {

int diagnose(const DiagnoseOptions& options) {
  const auto selected = select_targets(options.choice);
  if (!selected) return selected.error();
  const auto [seen, interrupted] = examine(selected->targets.front(), selected->budget);
  if (options.json) std::cout << to_line(diagnosis_json(seen)) << '\n';
  else if (options.markdown) std::cout << diagnosis_markdown(seen);
  else std::cout << diagnosis_text(seen, style_of(STDOUT_FILENO, options.colour));
  std::cout.flush();
  if (interrupted) std::cerr << "rdpwatch: interrupted\n";
  return seen.report && !seen.report->failure ? kExitOk : kExitFailed;
}

}  // namespace rdpwatch::daemon
