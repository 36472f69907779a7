#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/files.h"
#include "config/reader.h"

struct ssl_ctx_st;

/// The web configuration file of Prometheus' exporter-toolkit: TLS, users and headers of the HTTP server.
namespace rdpwatch::config {

/// What is asked of clients, as Go's tls.ClientAuthType.
enum class ClientAuth : std::uint8_t { None, Request, RequireAny, VerifyIfGiven, RequireAndVerify };

/// tls_server_config, with what its files held.
struct ServerTls {
  std::string certificate{};  ///< PEM, the server's own first
  std::string key{};          ///< PEM
  std::string client_ca{};    ///< PEM; empty: none
  ClientAuth client_auth = ClientAuth::None;
  std::vector<std::string> client_allowed_sans{};  ///< empty: any
  TlsVersion min_version = TlsVersion::Tls12;
  TlsVersion max_version = TlsVersion::Tls13;
  std::vector<std::string> cipher_suites{};  ///< IANA names, up to TLS 1.2; empty: ours
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curve_preferences{};  ///< OpenSSL names; empty: OpenSSL's
  bool operator==(const ServerTls&) const = default;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The whole file. Immutable; a changed one replaces it.
struct WebFile {
  std::optional<ServerTls> tls{};                           ///< empty: plain HTTP
  std::shared_ptr<ssl_ctx_st> tls_context{};                ///< made from `tls`
  Headers headers{};                                        ///< sent with every answer
  std::map<std::string, std::string, std::less<>> users{};  ///< bcrypt hashes; empty: everybody may ask
  std::vector<std::filesystem::path> files{};               ///< that took part, absolute
  /// Whether both do the same.
  bool operator==(const WebFile& other) const {
    return tls == other.tls && headers == other.headers && users == other.users && files == other.files;
  }
};

/// Costs above are refused: one login would keep a processor busy for half a minute and more.
inline constexpr int kMaxBcryptCost = 16;

/// Reads the file, and the files that it names. Reports what is wrong, and answers nothing then. `named_by`
/// is where a message about the file itself belongs; nullptr: to the file.
std::shared_ptr<const WebFile> read_web_file(Reader& reader, const std::filesystem::path& path,
                                             const Node* named_by);

struct WebFileResult {
  std::shared_ptr<const WebFile> file{};  ///< nullptr when there is any error
  std::vector<Diagnostic> diagnostics{};
};

/// The file alone, for when it changed. `path` empty: plain HTTP without users.
WebFileResult load_web_file(const std::filesystem::path& path, const FileAccess& files = {});

}  // namespace rdpwatch::config
