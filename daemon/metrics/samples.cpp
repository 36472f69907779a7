#include "daemon/metrics/samples.h"

namespace rdpwatch::daemon::metrics {
char* Samples::close_labels(char* out) const {
  if (labelled_) *out++ = '}';
  *out++ = ' ';
  return out;
}

void Samples::integer(std::int64_t value) { begin().end_integer(value); }

void Samples::seconds(std::chrono::nanoseconds value) { begin().end_seconds(value); }

Samples& Samples::begin() {
  labelled_ = part_ == Part::AfterFirstLabel;
  if (part_ == Part::WholeLine) out_.append(name_);
  return *this;
}

Samples& Samples::label(std::string_view name, std::string_view value) {
  char* out = out_.room(name.size() + 2 * value.size() + 4);
  *out++ = labelled_ ? ',' : '{';
  labelled_ = true;
  out = write_text(out, name);
  *out++ = '=';
  *out++ = '"';
  out = write_escaped(out, value);
  *out++ = '"';
  out_.commit(out);
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
