#include "daemon/notify/alert.h"

#include <nlohmann/json.hpp>

#include "daemon/report_json.h"

namespace rdpwatch::daemon::notify {

std::string request_body(std::span<const Alert> alerts, TimePoint firing_until) {
  std::string body = "[";
  for (const Alert& alert : alerts) {
    if (body.size() != 1) body += ",\n";
    body.append(R"({"labels":)").append(alert.text->labels);
    body.append(R"(,"annotations":)").append(alert.text->annotations);
    body.append(R"(,"startsAt":")").append(utc_milliseconds(alert.starts_at));
    body.append(R"(","endsAt":")").append(utc_milliseconds(alert.ended.value_or(firing_until)));
    body.append(R"(","generatorURL":)").append(nlohmann::json(alert.text->generator_url).dump()).append("}");
  }
  return body + "]\n";
}

}  // namespace rdpwatch::daemon::notify
