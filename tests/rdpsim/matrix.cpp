#include "tests/rdpsim/matrix.h"

#include <set>
#include <stdexcept>

#include "tests/support/hex.h"

namespace rdpwatch::test {
namespace {

MatrixRow read_row(const std::string& fault, const YAML::Node& node, std::size_t index) {
  const std::set<std::string> known{"host", "dns", "target", "module", "probes", "expect", "detail", "also"};
  for (const auto& entry : node)
    if (!known.contains(entry.first.Scalar()))
      throw std::runtime_error{fault + ": unknown key " + entry.first.Scalar()};
  // Copied, not assigned: an absent node may not be assigned.
  MatrixRow row{.fault = fault,
                .host = node["host"],
                .dns = node["dns"],
                .target = node["target"],
                .module = node["module"]};
  row.probes = node["probes"].as<int>(1);
  const auto expect = node["expect"].as<std::vector<std::string>>();
  if (expect.size() != 5) throw std::runtime_error{fault + ": expect needs five columns"};
  row.verdict = expect[0];
  row.phase = expect[1];
  row.reason = expect[2];
  row.scenario = expect[3];
  row.code = expect[4];
  row.detail = node["detail"].as<std::string>("");
  if (const YAML::Node also = node["also"]) row.also = also.as<std::vector<std::string>>();
  constexpr std::size_t kInBlock = 200;
  row.id = "row" + std::to_string(index);
  row.address = "127.77." + std::to_string(index / kInBlock) + "." + std::to_string(1 + index % kInBlock);
  return row;
}

std::string flow(const YAML::Node& node) {
  YAML::Emitter out;
  out << YAML::Flow << node;
  return out.c_str();
}

/// The keys of a flow mapping without its braces, with a comma in front; empty for none.
std::string more_keys(const YAML::Node& node) {
  if (!node.IsDefined() || node.size() == 0) return "";
  const std::string text = flow(node);
  return ", " + text.substr(1, text.size() - 2);
}

std::string name_of(const MatrixRow& row) { return row.id + ".matrix.example"; }

}  // namespace

Matrix load_matrix() {
  const YAML::Node root = YAML::Load(text_file("tests/rdpsim/matrix.yaml"));
  Matrix matrix;
  for (const auto& entry : root["rows"])
    matrix.rows.push_back(read_row(entry.first.Scalar(), entry.second, matrix.rows.size()));
  for (const auto& entry : root["elsewhere"]) {
    const auto text = [&](const char* key) { return entry.second[key].as<std::string>(); };
    matrix.elsewhere[entry.first.Scalar()] = {text("why"), text("file"), text("test")};
  }
  return matrix;
}

std::string fleet_yaml(const Matrix& matrix, const std::string& dns_endpoint) {
  std::string hosts = "hosts:\n";
  std::string records = "dns:\n  listen: " + dns_endpoint + "\n  records:\n";
  for (const MatrixRow& row : matrix.rows) {
    if (row.host.IsDefined()) hosts += "  - {address: " + row.address + more_keys(row.host) + "}\n";
    if (!row.dns.IsDefined()) continue;
    std::string keys = more_keys(row.dns);
    if (const auto at = keys.find("HOST"); at != std::string::npos) keys.replace(at, 4, row.address);
    if (row.host.IsDefined() && !row.dns["a"]) keys += ", a: [" + row.address + "]";
    records += "    - {name: " + name_of(row) + keys + "}\n";
  }
  return hosts + records;
}

std::string config_yaml(const Matrix& matrix, const std::string& dns_endpoint, unsigned port) {
  std::string modules = "modules:\n  default: {timeout: 6s, retries: 0}\n";
  std::string targets = "targets:\n";
  for (const MatrixRow& row : matrix.rows) {
    modules +=
        "  " + row.id + ": {resolver: {servers: [\"" + dns_endpoint + "\"]}" + more_keys(row.module) + "}\n";
    targets += "  - {id: " + row.id + ", host: " + (row.dns.IsDefined() ? name_of(row) : row.address) +
               ", port: " + std::to_string(port) + ", module: " + row.id + more_keys(row.target) + "}\n";
  }
  return modules + targets;
}

}  // namespace rdpwatch::test
