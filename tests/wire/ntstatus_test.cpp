#include "probes/wire/ntstatus.h"

#include <doctest/doctest.h>

using namespace rdpwatch::wire;

TEST_CASE("ntstatus: known values have a name and a meaning") {
  const auto* status = find_status(0xC00000BB);
  REQUIRE(status != nullptr);
  CHECK(status->name == "STATUS_NOT_SUPPORTED");
  CHECK(describe_status(0xC0000418) == "0xc0000418 STATUS_NTLM_BLOCKED (NTLM disabled by policy)");
}

TEST_CASE("ntstatus: unknown values are shown as their number") {
  CHECK(find_status(0xC00700EA) == nullptr);
  CHECK(find_status(0) == nullptr);
  CHECK(find_status(0xFFFFFFFF) == nullptr);
  CHECK(describe_status(0xC00700EA) == "0xc00700ea");
}
