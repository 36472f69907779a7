#include "config/load.h"
#include "config/tables.h"

namespace rdpwatch::config {

std::string json_schema() {
  auto target = target_table().properties();
  const auto module_properties = module_table().properties();
  for (const auto& [name, property] : module_properties.items()) {
    target[name] = property;
    target[name].erase("default");  // what the module says
  }
  auto alertmanager = alertmanager_table().schema();
  alertmanager["required"] = Json::array({"url"});
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "rdpwatch.yaml"},
              {"type", "object"},
              {"properties", root_table().properties()},
              {"additionalProperties", false}};
  schema["$defs"] = {{"policy", policy_table().schema()},
                     {"resolver", resolver_table().schema()},
                     {"expect", expectation_table().schema()},
                     {"alertmanager", std::move(alertmanager)},
                     {"module", module_table().schema()},
                     {"maintenance", maintenance_schema()},
                     {"target",
                      {{"type", "object"},
                       {"properties", std::move(target)},
                       {"additionalProperties", false},
                       {"oneOf", {{{"required", {"host"}}}, {{"required", {"hosts"}}}}}}}};
  return schema.dump(2) + "\n";
}

}  // namespace rdpwatch::config
