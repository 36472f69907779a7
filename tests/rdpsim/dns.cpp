#include "tests/rdpsim/dns.h"

#include <algorithm>
#include <string>

namespace rdpwatch::rdpsim {
namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::size_t kHeader = 12;

enum class Rcode : std::uint8_t { NoError = 0, ServFail = 2, NxDomain = 3, Refused = 5 };

struct Question {
  std::string name{};  ///< lower case, no final dot
  std::uint16_t type = 0;
  std::size_t end = 0;  ///< offset behind the question
};

void put16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<Question> parse_question(const Bytes& message) {
  constexpr std::uint8_t kResponse = 0x80;
  if (message.size() < kHeader || (message[2] & kResponse) != 0 || message[5] != 1) return std::nullopt;
  Question question;
  std::size_t at = kHeader;
  while (at < message.size() && message[at] != 0) {
    const std::size_t length = message[at];
    if (63 < length || message.size() < at + 1 + length) return std::nullopt;
    if (!question.name.empty()) question.name += '.';
    for (std::size_t i = 1; i <= length; ++i) {
      const char c = static_cast<char>(message[at + i]);
      question.name += 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    at += 1 + length;
  }
  if (message.size() < at + 5) return std::nullopt;
  question.type = static_cast<std::uint16_t>(message[at + 1] << 8 | message[at + 2]);
  question.end = at + 5;
  return question;
}

Bytes encode_name(const std::string& name) {
  Bytes out;
  for (std::size_t at = 0; at < name.size();) {
    const auto dot = std::min(name.find('.', at), name.size());
    out.push_back(static_cast<std::uint8_t>(dot - at));
    out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
               name.begin() + static_cast<std::ptrdiff_t>(dot));
    at = dot + 1;
  }
  out.push_back(0);
  return out;
}

/// A response under construction: header and question of the asker, then records.
class Response {
 public:
  Response(const Bytes& asked, std::size_t question_end)
      : bytes_{asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(question_end)} {
    bytes_[2] = static_cast<std::uint8_t>(0x84 | (asked[2] & 0x01));  // response, authoritative, RD kept
    bytes_[3] = 0x80;                                                 // recursion available
    for (std::size_t i = 6; i < kHeader; ++i) bytes_[i] = 0;
  }
  void set_rcode(Rcode code) { bytes_[3] = static_cast<std::uint8_t>(0x80 | static_cast<unsigned>(code)); }
  void set_truncated() { bytes_[2] |= 0x02; }
  void add(const std::string& owner, std::uint16_t type, seconds ttl, const Bytes& data) {
    const Bytes name = encode_name(owner);
    bytes_.insert(bytes_.end(), name.begin(), name.end());
    put16(bytes_, type);
    put16(bytes_, 1);
    put16(bytes_, static_cast<std::size_t>(ttl.count()) >> 16);
    put16(bytes_, static_cast<std::size_t>(ttl.count()) & 0xFFFF);
    put16(bytes_, data.size());
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    ++bytes_[7];
  }
  Bytes bytes_;
};

void add_addresses(Response& response, const std::string& owner, std::uint16_t type,
                   const DnsRecord& record) {
  if (type == kTypeA)
    for (const Address a : record.a)
      response.add(owner, kTypeA, record.ttl,
                   {static_cast<std::uint8_t>(a >> 24), static_cast<std::uint8_t>(a >> 16),
                    static_cast<std::uint8_t>(a >> 8), static_cast<std::uint8_t>(a)});
  if (type == kTypeAaaa)
    for (const auto& a : record.aaaa) response.add(owner, kTypeAaaa, record.ttl, {a.begin(), a.end()});
}

/// Follows the zone's aliases from `name`; a few, as servers do.
void add_records(const DnsZone& zone, Response& response, std::string name, std::uint16_t type) {
  constexpr int kMostAliases = 8;
  for (int i = 0; i < kMostAliases; ++i) {
    const auto found = zone.records.find(name);
    if (found == zone.records.end()) return response.set_rcode(Rcode::NxDomain);
    const DnsRecord& record = found->second;
    if (record.cname.empty()) return add_addresses(response, name, type, record);
    response.add(name, kTypeCname, record.ttl, encode_name(record.cname));
    name = record.cname;
  }
}

void add_fault(Response& response, const Question& question, const DnsRecord& record) {
  switch (record.fault) {
    case DnsFault::ServFail: return response.set_rcode(Rcode::ServFail);
    case DnsFault::Refused: return response.set_rcode(Rcode::Refused);
    case DnsFault::NxDomain: return response.set_rcode(Rcode::NxDomain);
    case DnsFault::Truncated: return response.set_truncated();
    case DnsFault::Malformed:
      response.bytes_[7] = 9;  // nine records promised, half of one sent
      response.bytes_.insert(response.bytes_.end(), {0xC0, 0x0C, 0x00, 0x01, 0x00});
      return;
    case DnsFault::Loop: {
      const std::string other = "loop." + question.name;
      response.add(question.name, kTypeCname, record.ttl, encode_name(other));
      response.add(other, kTypeCname, record.ttl, encode_name(question.name));
      return;
    }
    case DnsFault::None:
    case DnsFault::NoData:
    case DnsFault::Mute: return;
  }
}

}  // namespace

std::optional<DnsAnswer> answer_dns(const DnsZone& zone, const Bytes& asked) {
  const auto question = parse_question(asked);
  if (!question) return std::nullopt;
  Response response{asked, question->end};
  const auto found = zone.records.find(question->name);
  if (found == zone.records.end()) {
    response.set_rcode(Rcode::NxDomain);
    return DnsAnswer{.message = response.bytes_};
  }
  const DnsRecord& record = found->second;
  if (record.fault == DnsFault::Mute) return std::nullopt;
  if (record.fault == DnsFault::None) add_records(zone, response, question->name, question->type);
  else add_fault(response, *question, record);
  return DnsAnswer{.message = response.bytes_, .delay = record.delay};
}

}  // namespace rdpwatch::rdpsim
