#include "daemon/http/password_check.h"

#include <cstring>
#include <memory>

#include <asio/post.hpp>
#include <crypt.h>
#include <openssl/crypto.h>

namespace rdpwatch::daemon::http {

bool password_fits(const std::string& password, const std::string& hash) {
  if (password.find('\0') != std::string::npos) return false;  // crypt() would look at a part of it
  const auto scratch = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), scratch.get());
  const bool fits = made != nullptr && std::strlen(made) == hash.size() &&
                    CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(scratch.get(), sizeof *scratch);
  return fits;
}

PasswordCheck::~PasswordCheck() {
  thread_.stop();
  thread_.join();
}

void PasswordCheck::start(std::string password, std::string hash, std::function<void(bool)> done) {
  asio::post(thread_,
             [password = std::move(password), hash = std::move(hash), done = std::move(done)]() mutable {
               const bool fits = password_fits(password, hash);
               OPENSSL_cleanse(password.data(), password.size());
               done(fits);
             });
}

}  // namespace rdpwatch::daemon::http
