#include "daemon/commands/process_budget.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace rdpwatch::daemon {

ConnectionPermit ProcessBudget::permit() {
  // One claimant that needs the whole budget: no daemon's schedule is to be kept free here.
  return [this](const std::string& address, std::uint16_t port, ConnectionKind) {
    const auto share = limits_.window / std::max(limits_.connections, 1);
    const Budget::Request question{
        .address = address,
        .port = port,
        .kind = ConnectionKind::Scheduled,
        .interval = std::max(share, std::chrono::seconds{1}) + std::chrono::seconds{1}};
    const bool granted = budget_.ask(question, std::chrono::steady_clock::now()).granted;
    granted_ += granted ? 1 : 0;
    return granted;
  };
}

}  // namespace rdpwatch::daemon
