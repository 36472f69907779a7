#include "probes/net/connect_cause.h"

#include <cerrno>

#include <doctest/doctest.h>

#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::net {

TEST_CASE("connect cause: every errno has its own, and keeps its number") {
  const std::pair<int, Cause> table[] = {
      {ECONNREFUSED, Cause::Refused},
      {ECONNRESET, Cause::ResetOnAccept},
      {ETIMEDOUT, Cause::Timeout},
      {ENETUNREACH, Cause::NetworkUnreachable},
      {EHOSTUNREACH, Cause::HostUnreachable},
      {EINVAL, Cause::LocalRouteDenied},
      {EACCES, Cause::SocketDenied},
      {EPERM, Cause::SocketDenied},
      {EMFILE, Cause::ResourcesExhausted},
      {ENFILE, Cause::ResourcesExhausted},
      {ENOBUFS, Cause::ResourcesExhausted},
      {ENOMEM, Cause::ResourcesExhausted},
      {EADDRNOTAVAIL, Cause::ResourcesExhausted},
      {EAGAIN, Cause::ResourcesExhausted},
      {EPROTO, Cause::Unclassified},
  };
  for (const auto& [error_number, cause] : table) {
    CAPTURE(error_number);
    const auto seen = connect_cause({.error_number = error_number});
    CHECK(seen.cause == cause);
    CHECK(seen.code == static_cast<std::uint32_t>(error_number));
    CHECK_FALSE(seen.detail.empty());
  }
}

TEST_CASE("connect cause: our own shortage is never the target's fault") {
  for (const int error_number : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL}) {
    const auto& row = classify(Phase::Connect, connect_cause({.error_number = error_number}).cause);
    CHECK(row.reason == "prober_resources");
    CHECK(row.scenario == Scenario::ClientSide);
    CHECK(socket_cause(error_number, "socket").cause == Cause::ResourcesExhausted);
  }
}

TEST_CASE("connect cause: an ICMP error tells what the errno hides") {
  struct Case {
    bool v6;
    std::uint8_t type, code;
    int error_number;
    Cause cause;
  };
  const Case table[] = {
      {false, 3, 0, ENETUNREACH, Cause::NetworkUnreachable},
      {false, 3, 1, EHOSTUNREACH, Cause::HostUnreachable},
      {false, 3, 3, ECONNREFUSED, Cause::Refused},
      {false, 3, 9, ENETUNREACH, Cause::AdminProhibited},
      {false, 3, 10, EHOSTUNREACH, Cause::AdminProhibited},
      {false, 3, 13, EHOSTUNREACH, Cause::AdminProhibited},
      {false, 11, 0, EHOSTUNREACH, Cause::TtlExceeded},
      {true, 1, 0, ENETUNREACH, Cause::NetworkUnreachable},
      {true, 1, 1, EACCES, Cause::AdminProhibited},
      {true, 1, 3, EHOSTUNREACH, Cause::HostUnreachable},
      {true, 1, 4, ECONNREFUSED, Cause::Refused},
      {true, 3, 0, EHOSTUNREACH, Cause::TtlExceeded},
      {false, 12, 0, EPROTO, Cause::Unclassified},
  };
  for (const auto& [v6, type, code, error_number, cause] : table) {
    CAPTURE(static_cast<int>(type));
    CAPTURE(static_cast<int>(code));
    const auto seen =
        connect_cause({.error_number = error_number, .icmp = IcmpError{v6, type, code, "10.0.0.1", false}});
    CHECK(seen.cause == cause);
    CHECK(seen.detail.find("from 10.0.0.1") != std::string::npos);
  }
}

TEST_CASE("connect cause: a rejecting rule of our own firewall is not the network's") {
  const IcmpError rejected{false, 3, 13, "10.0.0.2", true};
  const auto seen = connect_cause({.error_number = EHOSTUNREACH, .icmp = rejected});
  CHECK(seen.cause == Cause::SocketDenied);
  const IcmpError no_neighbour{false, 3, 1, "10.0.0.2", true};
  CHECK(connect_cause({.error_number = EHOSTUNREACH, .icmp = no_neighbour}).cause == Cause::HostUnreachable);
}

TEST_CASE("connect cause: a prohibiting route is told from a rule by what a datagram socket may do") {
  CHECK(connect_cause({.error_number = EACCES, .datagram_denied = true}).cause == Cause::LocalRouteDenied);
  CHECK(connect_cause({.error_number = EACCES, .datagram_denied = false}).cause == Cause::SocketDenied);
  CHECK(connect_cause({.error_number = EACCES}).detail.find("could not be ruled out") != std::string::npos);
}

}  // namespace rdpwatch::net
