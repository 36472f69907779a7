#include "probes/net/dns_message.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <ares.h>

#include "probes/net/dns_name.h"

namespace rdpwatch::net {

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxAddresses = 256;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kClassIn = 1;

/// RFC 1035 section 2.3.4; c-ares does not hold names to it, and pointers make long ones out of few bytes.
constexpr std::size_t kMaxNameBytes = 255;

/// Size on the wire of a name that c-ares has written as text: "\046" and "\." are one byte each.
std::size_t name_bytes(std::string_view text) {
  std::size_t bytes = text.empty() ? 1 : 2;  // the root's length; of the first label, too
  for (std::size_t i = 0; i < text.size(); ++bytes) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    const bool number = escaped && '0' <= text[i + 1] && text[i + 1] <= '9';
    i += number ? 4 : escaped ? 2 : 1;
  }
  return bytes;
}

/// One resource record, RFC 1035 section 3.2.1: owner, type u16be, class u16be, ttl u32be, length u16be,
/// data.
struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t record_class = 0;
  std::chrono::seconds ttl{};
  std::size_t data = 0;  ///< offset in the message
  std::size_t size = 0;
};

struct Alias {
  std::string target;
  std::chrono::seconds ttl{};
};

/// Reads a message from its start; every read past the end is nothing.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::uint8_t> message) : message_{message} {}

  std::optional<std::uint16_t> u16() {
    if (message_.size() - at_ < 2) return std::nullopt;
    const auto value = static_cast<std::uint16_t>(message_[at_] << 8 | message_[at_ + 1]);
    at_ += 2;
    return value;
  }

  /// Lower case, without the root dot; compression is followed by c-ares, which refuses loops.
  std::optional<std::string> name() {
    auto read = name_at(at_);
    if (!read) return std::nullopt;
    at_ += read->second;
    return std::move(read->first);
  }

  std::optional<std::string> name_inside(const Record& record) const {
    auto read = name_at(record.data);
    if (!read || record.size != read->second) return std::nullopt;
    return std::move(read->first);
  }

  std::optional<Record> record() {
    Record record;
    auto owner = name();
    if (!owner) return std::nullopt;
    record.owner = *std::move(owner);
    const auto type = u16(), record_class = u16(), ttl_high = u16(), ttl_low = u16(), size = u16();
    if (!size || message_.size() - at_ < *size) return std::nullopt;
    record.type = *type;
    record.record_class = *record_class;
    // RFC 2181 section 8: a TTL with the highest bit set is zero.
    if (*ttl_high < 0x8000) record.ttl = std::chrono::seconds{std::int64_t{*ttl_high} << 16 | *ttl_low};
    record.data = at_;
    record.size = *size;
    at_ += *size;
    return record;
  }

  std::optional<asio::ip::address> address(const Record& record, DnsType type) const {
    const auto data = message_.subspan(record.data, record.size);
    asio::ip::address_v4::bytes_type v4{};
    asio::ip::address_v6::bytes_type v6{};
    if (type == DnsType::A && data.size() == v4.size()) {
      std::ranges::copy(data, v4.begin());
      return asio::ip::address_v4{v4};
    }
    if (type == DnsType::Aaaa && data.size() == v6.size()) {
      std::ranges::copy(data, v6.begin());
      return asio::ip::address_v6{v6};
    }
    return std::nullopt;
  }

 private:
  /// The name, and how many bytes it takes at `at`.
  std::optional<std::pair<std::string, std::size_t>> name_at(std::size_t at) const {
    if (message_.size() <= at) return std::nullopt;
    char* text = nullptr;
    long bytes = 0;
    if (ares_expand_name(message_.data() + at, message_.data(), static_cast<int>(message_.size()), &text,
                         &bytes) != ARES_SUCCESS)
      return std::nullopt;
    const std::unique_ptr<char, decltype(&ares_free_string)> owned{text, &ares_free_string};
    if (kMaxNameBytes < name_bytes(text)) return std::nullopt;
    return std::pair{lower(text), static_cast<std::size_t>(bytes)};
  }

  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
};

struct Section {
  std::map<std::string, Alias> aliases;
  std::vector<std::pair<Record, asio::ip::address>> addresses;
};

std::expected<Section, std::string> read_answers(MessageReader& in, std::uint16_t count, DnsType type) {
  Section section;
  for (std::uint16_t i = 0; i < count; ++i) {
    auto record = in.record();
    if (!record) return std::unexpected{"answer record " + std::to_string(i + 1) + " cannot be read"};
    if (record->record_class != kClassIn) continue;
    if (record->type == kTypeCname) {
      auto target = in.name_inside(*record);
      if (!target) return std::unexpected{std::string{"CNAME record cannot be read"}};
      section.aliases.try_emplace(record->owner, Alias{*std::move(target), record->ttl});
    } else if (record->type == static_cast<std::uint16_t>(type)) {
      const auto address = in.address(*record, type);
      if (!address) return std::unexpected{"address record of " + std::to_string(record->size) + " bytes"};
      section.addresses.emplace_back(*std::move(record), *address);
    }
  }
  return section;
}

/// Follows the aliases from `name` and takes the addresses at their end.
void follow(const Section& section, std::string name, DnsAnswer& answer) {
  auto ttl = std::chrono::seconds::max();
  std::size_t links = 0;
  for (auto alias = section.aliases.find(name); alias != section.aliases.end();
       alias = section.aliases.find(name)) {
    name = alias->second.target;
    ttl = std::min(ttl, alias->second.ttl);
    answer.alias = name;
    if (kMaxAliases < ++links) {
      answer.alias_loop = true;
      return;
    }
  }
  for (const auto& [record, address] : section.addresses) {
    if (record.owner != name || kMaxAddresses <= answer.addresses.size()) continue;
    if (std::ranges::find(answer.addresses, address) == answer.addresses.end())
      answer.addresses.push_back(address);
    ttl = std::min(ttl, record.ttl);
  }
  if (!answer.addresses.empty()) answer.ttl = ttl;
}

}  // namespace

std::string_view to_string(DnsType type) { return type == DnsType::A ? "A" : "AAAA"; }

std::string to_text(DnsCode code) {
  static constexpr std::array<std::string_view, 6> kNames{"NOERROR",  "FORMERR", "SERVFAIL",
                                                          "NXDOMAIN", "NOTIMP",  "REFUSED"};
  const auto number = static_cast<std::size_t>(code);
  return number < kNames.size() ? std::string{kNames[number]} : "rcode " + std::to_string(number);
}

std::expected<DnsAnswer, std::string> decode_dns_answer(std::span<const std::uint8_t> message, DnsType type) {
  if (message.size() < kHeaderBytes) return std::unexpected{std::string{"answer without a whole header"}};
  MessageReader in{message};
  in.u16();  // id: matched by c-ares
  const auto flags = *in.u16();
  const auto questions = *in.u16();
  const auto answers = *in.u16();
  in.u16();
  in.u16();
  if ((flags & 0x8000) == 0) return std::unexpected{std::string{"a question came instead of an answer"}};
  DnsAnswer answer{.code = static_cast<DnsCode>(flags & 0x0F), .truncated = (flags & 0x0200) != 0};
  if (answer.truncated) return answer;
  if (questions != 1)
    return std::unexpected{"answer with " + std::to_string(questions) + " questions, expected 1"};
  const auto name = in.name();
  if (!name || !in.u16() || !in.u16()) return std::unexpected{std::string{"question cannot be read"}};
  const auto section = read_answers(in, answers, type);
  if (!section) return std::unexpected{section.error()};
  follow(*section, *name, answer);
  return answer;
}

}  // namespace rdpwatch::net
