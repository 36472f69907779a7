#include "probes/wire/windows_release.h"

#include <algorithm>
#include <array>

namespace rdpwatch::wire {
namespace {

struct Release {
  std::uint16_t build;
  std::string_view name;
};

/// Published build numbers; 26200 is not confirmed by a document of the vendor that we read. Client and
/// server share builds, so the name says both.
constexpr std::array kReleases = std::to_array<Release>({
    {6002, "Windows Vista SP2 / Server 2008 SP2"},
    {7600, "Windows 7 / Server 2008 R2"},
    {7601, "Windows 7 SP1 / Server 2008 R2 SP1"},
    {9200, "Windows 8 / Server 2012"},
    {9600, "Windows 8.1 / Server 2012 R2"},
    {10240, "Windows 10 1507"},
    {10586, "Windows 10 1511"},
    {14393, "Windows 10 1607 / Server 2016"},
    {15063, "Windows 10 1703"},
    {16299, "Windows 10 1709"},
    {17134, "Windows 10 1803"},
    {17763, "Windows 10 1809 / Server 2019"},
    {18362, "Windows 10 1903"},
    {18363, "Windows 10 1909"},
    {19041, "Windows 10 2004"},
    {19042, "Windows 10 20H2"},
    {19043, "Windows 10 21H1"},
    {19044, "Windows 10 21H2"},
    {19045, "Windows 10 22H2"},
    {20348, "Windows Server 2022"},
    {22000, "Windows 11 21H2"},
    {22621, "Windows 11 22H2"},
    {22631, "Windows 11 23H2"},
    {25398, "Windows Server, version 23H2"},
    {26100, "Windows 11 24H2 / Server 2025"},
    {26200, "Windows 11 25H2"},
});
static_assert(std::ranges::is_sorted(kReleases, {}, &Release::build));

}  // namespace

std::string_view windows_release(const NtlmVersion& version) {
  const auto found = std::ranges::lower_bound(kReleases, version.build, {}, &Release::build);
  return found != kReleases.end() && found->build == version.build ? found->name : std::string_view{};
}

}  // namespace rdpwatch::wire
