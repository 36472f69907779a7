#include "daemon/metrics/samples.h"

#include <cstring>

namespace rdpwatch::daemon::metrics {
namespace {

char* copy(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

/// The name, and the target's label with an open brace when there is one.
char* Samples::start(char* out) const {
  out = copy(out, name_);
  if (target_.empty()) return out;
  *out++ = '{';
  return copy(out, target_);
}

char* Samples::close_labels(char* out) const {
  if (labelled_) *out++ = '}';
  *out++ = ' ';
  return out;
}

void Samples::integer(std::int64_t value) {
  char* out = start(out_.room(start_bytes()));
  if (!target_.empty()) *out++ = '}';
  *out++ = ' ';
  out = write_integer(out, value);
  *out++ = '\n';
  out_.commit(out);
}

void Samples::seconds(std::chrono::nanoseconds value) {
  char* out = start(out_.room(start_bytes()));
  if (!target_.empty()) *out++ = '}';
  *out++ = ' ';
  out = write_seconds(out, value);
  *out++ = '\n';
  out_.commit(out);
}

Samples& Samples::begin() {
  out_.commit(start(out_.room(start_bytes())));
  labelled_ = !target_.empty();
  return *this;
}

Samples& Samples::label(std::string_view name, std::string_view value) {
  char* out = out_.room(name.size() + 2 * value.size() + 4);
  *out++ = labelled_ ? ',' : '{';
  labelled_ = true;
  out = copy(out, name);
  *out++ = '=';
  *out++ = '"';
  out = write_escaped(out, value);
  *out++ = '"';
  out_.commit(out);
  return *this;
}

Samples& Samples::labels(std::string_view escaped) {
  char* out = out_.room(escaped.size() + 1);
  *out++ = labelled_ ? ',' : '{';
  labelled_ = true;
  out_.commit(copy(out, escaped));
  return *this;
}

void Samples::end_integer(std::int64_t value) {
  char* out = close_labels(out_.room(kNumberBytes + 3));
  out = write_integer(out, value);
  *out++ = '\n';
  out_.commit(out);
}

void Samples::end_seconds(std::chrono::nanoseconds value) {
  char* out = close_labels(out_.room(kNumberBytes + 3));
  out = write_seconds(out, value);
  *out++ = '\n';
  out_.commit(out);
}

}  // namespace rdpwatch::daemon::metrics
