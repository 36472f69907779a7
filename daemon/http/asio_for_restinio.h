#pragma once

#include <asio.hpp>

namespace asio {

/// RESTinio 0.6 calls this function, which Asio leaves out under ASIO_NO_DEPRECATED. The macro must be the
/// same in every file of a program, because it changes inline functions.
template <typename Pointer>
Pointer buffer_cast(const const_buffer& buffer) {
  return static_cast<Pointer>(buffer.data());
}

}  // namespace asio
