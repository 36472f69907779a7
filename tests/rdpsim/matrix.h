#pragma once

#include <map>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

/// tests/rdpsim/matrix.yaml: faults and what the prober must say about them.
namespace rdpwatch::test {

struct MatrixRow {
  std::string fault{};
  YAML::Node host{};  ///< undefined: nothing listens, the fault is the name's
  YAML::Node dns{};   ///< undefined: the target is an address
  YAML::Node target{};
  YAML::Node module{};
  int probes = 1;

  std::string verdict{};
  std::string phase{};
  std::string reason{};  ///< "-": none
  std::string scenario{};
  std::string code{};    ///< "0x904/0x7", "0xB09/-", "-"
  std::string detail{};  ///< a part of the failure's; empty: any
  std::vector<std::string> also{};

  std::string id{};       ///< of its target
  std::string address{};  ///< its own, in 127.77.0.0/16
};

/// Why a reason has no row, and which test covers it.
struct Elsewhere {
  std::string why{};
  std::string file{};  ///< below the root of the sources
  std::string test{};  ///< name of a TEST_CASE of it
};

struct Matrix {
  std::vector<MatrixRow> rows{};
  std::map<std::string, Elsewhere> elsewhere{};  ///< by reason
};

/// Throws std::runtime_error, naming the row, for what it does not understand.
Matrix load_matrix();

/// The fleet that has all faults, with its name server at `dns_endpoint`.
std::string fleet_yaml(const Matrix& matrix, const std::string& dns_endpoint);
/// The rdpwatch.yaml whose targets are the rows.
std::string config_yaml(const Matrix& matrix, const std::string& dns_endpoint, unsigned port);

}  // namespace rdpwatch::test
