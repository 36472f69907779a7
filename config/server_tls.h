#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/web_file.h"

namespace rdpwatch::config {

/// What is wrong with TLS settings, and with which of them.
struct TlsFault {
  enum class Part : std::uint8_t { Certificate, Key, ClientCa, CipherSuites, Curves };
  Part part = Part::Certificate;
  std::string text{};
};

/// The context that connections of a server are made from, or nullptr and at least one fault. It speaks
/// HTTP/1.1 only, and asks of clients what `tls` says: whoever does not fit fails in the handshake.
std::shared_ptr<ssl_ctx_st> make_server_context(const ServerTls& tls, std::vector<TlsFault>& faults);

}  // namespace rdpwatch::config
