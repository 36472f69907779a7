#include "probes/wire/decode_error.h"

namespace rdpwatch::wire {

std::string_view to_string(DecodeError error) {
  switch (error) {
    case DecodeError::Truncated: return "truncated";
    case DecodeError::BadLength: return "bad length";
    case DecodeError::TooLong: return "too long";
    case DecodeError::UnexpectedType: return "unexpected type";
  }
  return "";
}

}  // namespace rdpwatch::wire
