#include "config/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <glob.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rdpwatch::config {
namespace {

struct Descriptor {
  int value = -1;
  explicit Descriptor(int fd) : value{fd} {}
  ~Descriptor() {
    if (0 <= value) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::string errno_text(int error) {
  switch (error) {
    case ENOENT: return "no such file";
    case EACCES: return "permission denied";
    case EISDIR: return "is a directory, not a file";
    default: return std::generic_category().message(error);
  }
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat info {};
  if (file.value < 0 || ::fstat(file.value, &info) != 0) return std::unexpected{errno_text(errno)};
  if (S_ISDIR(info.st_mode)) return std::unexpected{errno_text(EISDIR)};
  if (!S_ISREG(info.st_mode)) return std::unexpected{std::string{"is not a regular file"}};
  std::string text;
  std::array<char, 65536> chunk;
  for (;;) {
    const auto size = ::read(file.value, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected{errno_text(errno)};
    if (size == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(size));
    if (kMaxFileBytes < text.size())
      return std::unexpected{"is larger than " + std::to_string(kMaxFileBytes >> 20) + " MiB"};
  }
}

std::filesystem::path normal_path(const std::filesystem::path& path) {
  std::error_code ignored;  // without a current folder the path stays as it is
  const auto absolute = std::filesystem::absolute(path.empty() ? "." : path, ignored);
  auto normal = (ignored ? path : absolute).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[") != std::string_view::npos; }

std::vector<std::filesystem::path> match_files(const std::filesystem::path& pattern) {
  glob_t matches{};
  std::vector<std::filesystem::path> files;
  if (::glob(pattern.c_str(), 0, nullptr, &matches) == 0)
    files.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  ::globfree(&matches);
  std::ranges::sort(files);
  return files;
}

std::string trust_store_fault(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
  int count = 0;
  ERR_clear_error();
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    X509_free(certificate);
    ++count;
  }
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (count == 0) return at_end ? "holds no PEM certificate" : "holds no readable PEM certificate";
  return at_end ? "" : "certificate " + std::to_string(count + 1) + " in it is not readable";
}

std::string sha256_hex(const std::vector<std::string_view>& texts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const auto text : texts) EVP_DigestUpdate(context.get(), text.data(), text.size());
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : digest) hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  return hex;
}

}  // namespace rdpwatch::config
