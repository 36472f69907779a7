#include "daemon/expectation_yaml.h"

#include <doctest/doctest.h>

#include "tests/daemon/sample_reports.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;

namespace {

config::Target target(std::string host, std::uint16_t port = 3389, std::string id = {}) {
  config::Target target;
  target.host = std::move(host);
  target.port = port;
  target.id = id.empty() ? target.endpoint() : std::move(id);
  return target;
}

}  // namespace

TEST_CASE("expectation_yaml: everything that was seen") {
  CHECK(expectation_yaml(target("rds01.corp.example"), test::healthy_report()) ==
        "  - host: \"rds01.corp.example\"\n"
        "    expect:\n"
        "      addresses: [\"10.1.2.3\"]\n"
        "      computer_name: \"RDS01\"\n"
        "      dns_name: \"rds01.corp.example\"\n"
        "      domain: \"CORP\"\n"
        "      os_build: \"10.0.20348\"\n"
        "      certificate_sha256: \"ab12000000000000000000000000000000000000000000000000000000000034\"\n"
        "      spki_sha256: \"cd34000000000000000000000000000000000000000000000000000000000056\"\n");
}

TEST_CASE("expectation_yaml: a failed climb is said to be so, and nothing is made up") {
  CHECK(expectation_yaml(target("nohost.example", 3390, "old \"one\""), test::unresolved_report()) ==
        "  - host: \"nohost.example:3390\"\n"
        "    id: \"old \\\"one\\\"\"\n"
        "    # failed at resolve: dns_name_not_found; only what was seen before that is listed\n");
}
