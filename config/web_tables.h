#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "config/describe.h"
#include "config/web_file.h"

/// The parts that the web configuration file is read by.
namespace rdpwatch::config {

/// Nothing behind the colon is as if the key were not there.
template <class T>
Key<T> nullable(Key<T> key) {
  key.set = [set = std::move(key.set)](Reader& reader, const Node& node, T& object) {
    if (node.kind != Node::Kind::Null) set(reader, node, object);
  };
  return key;
}

template <class T>
Key<T> key_of(std::string_view name, std::function<void(Reader&, const Node&, T&)> set) {
  Key<T> key;
  key.name = name;
  key.set = std::move(set);
  return nullable(std::move(key));
}

/// The words of YAML 1.1, as the files of exporter-toolkit may have them.
void read_web_boolean(Reader& reader, const Node& node, bool& value);

/// A file that the configuration names, and where.
struct NamedFile {
  const Node* node = nullptr;  ///< nullptr: not named
  std::string content{};
};

/// tls_server_config before its keys are looked at together.
struct TlsDraft {
  ServerTls tls{};
  NamedFile certificate{}, key{}, client_ca{};
  bool has_client_auth = false;
  const Node* max_version = nullptr;
  const Node* cipher_suites = nullptr;
  const Node* curves = nullptr;
  const Node* sans = nullptr;
  Place place{};
};

const Section<TlsDraft>& server_tls_table();

/// Reads what the keys name, looks at them together, and makes the context. `file.tls` stays empty when TLS
/// is not configured.
void finish_tls(Reader& reader, TlsDraft draft, WebFile& file);

}  // namespace rdpwatch::config
