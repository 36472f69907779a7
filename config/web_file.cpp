#include "config/web_file.h"

#include <algorithm>
#include <array>

#include "config/parse.h"
#include "config/web_tables.h"

namespace rdpwatch::config {
namespace {

constexpr std::size_t kMaxWebFileBytes = 1 << 20;

struct WebDraft {
  WebFile file{};
  TlsDraft tls{};
};

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// A header that may be configured; without values any is taken.
Key<Headers> header(std::string_view name, std::vector<std::string_view> values = {}) {
  return {
      .name = name,
      .schema = {},
      .set =
          [name, values = std::move(values)](Reader& reader, const Node& node, Headers& headers) {
            const bool listed =
                !values.empty() && (!node.is_scalar() || !std::ranges::count(values, node.text));
            if (listed) {
              if (node.kind == Node::Kind::Null) reader.wrong_type(node, enumerate(values));
              else read_choice(reader, node, values);
              return;
            }
            if (node.kind == Node::Kind::Null) return;
            const auto value = read_text(reader, node, "a text");
            if (!value || value->empty()) return;  // not sent
            if (has_control_character(*value))
              return reader.error(node.place, "a header has no control characters", {"one line of text", {}});
            headers.emplace_back(name, *value);
          },
      .get = {},
      .doc = {}};
}

const Section<Headers>& header_table() {
  static const Section<Headers> table{header("Content-Security-Policy"),
                                      header("X-Frame-Options", {"deny", "sameorigin"}),
                                      header("X-Content-Type-Options", {"nosniff"}),
                                      header("X-XSS-Protection"), header("Strict-Transport-Security")};
  return table;
}

const Section<WebDraft>& http_table() {
  static const Section<WebDraft> table{
      key_of<WebDraft>("http2",
                       [](Reader& reader, const Node& node, WebDraft&) {
                         bool ignored = false;  // HTTP/1.1 is spoken in any case
                         read_web_boolean(reader, node, ignored);
                       }),
      key_of<WebDraft>("headers",
                       [](Reader& reader, const Node& node, WebDraft& draft) {
                         header_table().apply(reader, node, draft.file.headers);
                       }),
  };
  return table;
}

bool is_digit(char c) { return '0' <= c && c <= '9'; }

/// Empty, or why this is no bcrypt hash, by the rules of the library of exporter-toolkit. Never repeats it.
std::string bcrypt_fault(std::string_view hash) {
  constexpr std::size_t kShortest = 59;
  if (hash.size() < kShortest) return "too short for a bcrypt hash";
  if (hash[0] != '$' || '2' < hash[1]) return "not a bcrypt hash";
  const std::string_view cost = hash.substr(hash[2] == '$' ? 3 : 4, 2);
  if (!is_digit(cost[0]) || !is_digit(cost[1])) return "not a bcrypt hash: its cost is no number";
  const int value = (cost[0] - '0') * 10 + (cost[1] - '0');
  if (value < 4 || 31 < value) return "not a bcrypt hash: its cost is not from 4 to 31";
  if (kMaxBcryptCost < value)
    return "a cost of " + std::to_string(value) + ", and above " + std::to_string(kMaxBcryptCost) +
           " each login would take many seconds";
  return {};
}

/// Whether a password can match it at all.
bool is_usable(std::string_view hash) {
  const auto is_base64 = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || is_digit(c) || c == '.' || c == '/';
  };
  return hash.size() == 60 && hash.starts_with("$2") &&
         (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'x' || hash[2] == 'y') && hash[3] == '$' &&
         hash[6] == '$' && std::ranges::all_of(hash.substr(7), is_base64);
}

void read_users(Reader& reader, const Node& node, WebDraft& draft) {
  if (!node.is_map()) return reader.wrong_type(node, "a mapping of names to bcrypt hashes");
  node.each_entry([&](const Node& name, const Node& value) {
    const Reader::Step step{reader, name.text};
    const Hint hint{"a bcrypt hash, as `htpasswd -nBC 10 \"\"` makes it", {}};
    if (!value.is_scalar() && value.kind != Node::Kind::Null) return reader.wrong_type(value, hint.expected);
    if (const auto fault = bcrypt_fault(value.text); !fault.empty())
      return reader.error(value.place, "the password of this user is " + fault, hint);
    if (!is_usable(value.text)) reader.warning(value.place, "no password fits this hash", hint);
    if (name.text.find(':') != std::string::npos)
      reader.warning(name.place, "nobody can log in by a name with a colon");
    draft.file.users[name.text] = value.text;
  });
}

const Section<WebDraft>& web_file_table() {
  static const Section<WebDraft> table{
      key_of<WebDraft>("tls_server_config",
                       [](Reader& reader, const Node& node, WebDraft& draft) {
                         draft.tls.place = node.place;
                         server_tls_table().apply(reader, node, draft.tls);
                       }),
      key_of<WebDraft>(
          "http_server_config",
          [](Reader& reader, const Node& node, WebDraft& draft) { http_table().apply(reader, node, draft); }),
      key_of<WebDraft>("basic_auth_users", read_users),
  };
  return table;
}

}  // namespace

/// The words of YAML 1.1, as the files of exporter-toolkit may have them.
void read_web_boolean(Reader& reader, const Node& node, bool& value) {
  static constexpr std::array<std::string_view, 11> kTrue{"true", "True", "TRUE", "yes", "Yes", "YES",
                                                          "on",   "On",   "ON",   "y",   "Y"};
  static constexpr std::array<std::string_view, 11> kFalse{"false", "False", "FALSE", "no", "No", "NO",
                                                           "off",   "Off",   "OFF",   "n",  "N"};
  const bool yes = std::ranges::find(kTrue, node.text) != kTrue.end();
  const bool no = std::ranges::find(kFalse, node.text) != kFalse.end();
  if (!node.is_scalar() || node.quoted || (!yes && !no)) {
    read_boolean(reader, node);  // says what is wrong
    return;
  }
  value = yes;
}

std::shared_ptr<const WebFile> read_web_file(Reader& reader, const std::filesystem::path& path,
                                             const Node* named_by) {
  auto& source = reader.add_source(path.string(), path.parent_path());
  const Place whole{static_cast<std::uint32_t>(reader.sources().size() - 1), 0, 0};
  const auto before = reader.error_count();
  const auto fail = [&](const std::string& text) {
    if (named_by) reader.error(named_by->place, "\"" + path.string() + "\": " + text);
    else reader.error(whole, text, {"a readable file", {}});
    return nullptr;
  };
  auto text = reader.files().read(path);
  if (!text) return fail(text.error());
  if (kMaxWebFileBytes < text->size()) return fail("is larger than 1 MiB");
  source.text = std::move(*text);
  source.secret_key = "basic_auth_users";
  const Reader::NewPath path_of_file{reader};
  parse(reader, source);
  WebDraft draft;
  draft.file.files.push_back(normal_path(path));
  if (source.root && source.root->kind != Node::Kind::Null) {
    web_file_table().apply(reader, *source.root, draft);
    finish_tls(reader, std::move(draft.tls), draft.file);
  }
  if (before != reader.error_count()) return nullptr;
  return std::make_shared<const WebFile>(std::move(draft.file));
}

WebFileResult load_web_file(const std::filesystem::path& path, const FileAccess& files) {
  if (path.empty()) return {std::make_shared<const WebFile>(), {}};
  Reader reader{files};
  WebFileResult result;
  result.file = read_web_file(reader, path, nullptr);
  result.diagnostics = reader.take_diagnostics();
  return result;
}

}  // namespace rdpwatch::config
