#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "daemon/diagnosis/diagnosis.h"
#include "daemon/text.h"

namespace rdpwatch::daemon {

/// The checklist for people: each step with what it saw, the ladder, the path, the verdict, what to do.
std::string diagnosis_text(const Diagnosis& diagnosis, const TextStyle& style);

/// The same as Markdown, for a ticket: what follows comes first, the steps stand below in a fenced block.
std::string diagnosis_markdown(const Diagnosis& diagnosis);

/// The same as one object, schema 1. What is not known is absent; a step that did not run says why.
nlohmann::ordered_json diagnosis_json(const Diagnosis& diagnosis);

}  // namespace rdpwatch::daemon
