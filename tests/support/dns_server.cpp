#include "tests/support/dns_server.h"

#include <algorithm>
#include <stdexcept>

#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace rdpwatch::test {

namespace {

using asio::ip::tcp;
using asio::ip::udp;

void put16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_name(Bytes& out, const std::string& name) {
  for (std::size_t at = 0; at < name.size();) {
    const auto dot = std::min(name.find('.', at), name.size());
    out.push_back(static_cast<std::uint8_t>(dot - at));
    out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
               name.begin() + static_cast<std::ptrdiff_t>(dot));
    at = dot + 1;
  }
  out.push_back(0);
}

void put_record(Bytes& out, const DnsRecord& record) {
  put_name(out, record.owner);
  put16(out, record.type == "A" ? 1 : record.type == "AAAA" ? 28 : 5);
  put16(out, 1);
  put16(out, record.ttl >> 16);
  put16(out, record.ttl & 0xFFFF);
  Bytes data;
  if (record.type == "CNAME") {
    put_name(data, record.data);
  } else if (record.type == "A") {
    const auto bytes = asio::ip::make_address_v4(record.data).to_bytes();
    data.assign(bytes.begin(), bytes.end());
  } else {
    const auto bytes = asio::ip::make_address_v6(record.data).to_bytes();
    data.assign(bytes.begin(), bytes.end());
  }
  put16(out, data.size());
  out.insert(out.end(), data.begin(), data.end());
}

struct Question {
  std::string name;
  std::string type;
  std::size_t end = 0;
};

Question read_question(const Bytes& query) {
  Question question;
  std::size_t at = 12;
  while (query.at(at) != 0) {
    if (!question.name.empty()) question.name += '.';
    for (std::size_t i = 1; i <= query.at(at); ++i) question.name += static_cast<char>(query.at(at + i));
    at += query.at(at) + 1U;
  }
  question.type = query.at(at + 2) == 28 ? "AAAA" : "A";
  question.end = at + 5;
  return question;
}

Bytes answer_to(const Bytes& query, const Question& question, const DnsScript& script, bool tcp) {
  const bool truncated = script.truncated && !tcp;
  Bytes out{query.begin(), query.begin() + static_cast<std::ptrdiff_t>(question.end)};
  if (script.wrong_id) out[0] ^= 0x55;
  out[2] = static_cast<std::uint8_t>((script.as_question ? 0x01 : 0x81) | (truncated ? 0x02 : 0x00));
  out[3] = static_cast<std::uint8_t>(0x80 | script.code);
  std::vector<DnsRecord> records;
  std::ranges::copy_if(script.records, std::back_inserter(records), [&](const DnsRecord& record) {
    return !truncated && (record.type == "CNAME" || record.type == question.type);
  });
  out[6] = static_cast<std::uint8_t>(records.size() >> 8);
  out[7] = static_cast<std::uint8_t>(records.size());
  std::fill(out.begin() + 8, out.begin() + 12, std::uint8_t{0});
  for (const auto& record : records) put_record(out, record);
  if (script.cut_short) out.pop_back();
  return out;
}

}  // namespace

struct DnsServerPeer::Connection {
  explicit Connection(tcp::socket accepted) : socket{std::move(accepted)} {}
  tcp::socket socket;
  std::array<std::uint8_t, 2> length{};
  Bytes query{};
  Bytes answer{};
};

DnsServerPeer::DnsServerPeer(asio::io_context& io) : udp_{io}, tcp_{io} {
  for (int attempt = 0; attempt < 100; ++attempt) {
    udp_ = udp::socket{io, udp::endpoint{asio::ip::address_v4::loopback(), 0}};
    asio::error_code taken;
    tcp_ = tcp::acceptor{io, tcp::v4()};
    tcp_.bind({asio::ip::address_v4::loopback(), udp_.local_endpoint().port()}, taken);
    if (taken) continue;
    tcp_.listen();
    receive();
    accept();
    return;
  }
  throw std::runtime_error{"no port is free for UDP and TCP alike"};
}

DnsServerPeer::~DnsServerPeer() {
  asio::error_code ignored;
  for (const auto& connection : connections_) connection->socket.close(ignored);
}

std::string DnsServerPeer::address() const {
  return "127.0.0.1:" + std::to_string(udp_.local_endpoint().port());
}

void DnsServerPeer::script(const std::string& name, const std::string& type, DnsScript script) {
  if (type != "AAAA") scripts_[name + " A"] = script;
  if (type != "A") scripts_[name + " AAAA"] = script;
}

void DnsServerPeer::release() {
  for (const auto& [to, bytes] : held_) udp_.send_to(asio::buffer(bytes), to);
  held_.clear();
}

void DnsServerPeer::refuse_tcp() { tcp_.close(); }

std::optional<std::pair<DnsScript, Bytes>> DnsServerPeer::respond(const Bytes& query, bool tcp) {
  const auto question = read_question(query);
  const auto key = question.name + " " + question.type;
  questions.push_back(key);
  if (tcp) ++tcp_questions;
  if (on_question) on_question();
  const auto found = scripts_.find(key);
  auto& script = found == scripts_.end() ? otherwise : found->second;
  if (0 < script.mute_first) {
    --script.mute_first;
    return std::nullopt;
  }
  if (script.mute || (tcp && script.mute_tcp)) return std::nullopt;
  return std::pair{script, answer_to(query, question, script, tcp)};
}

void DnsServerPeer::receive() {
  udp_.async_receive_from(asio::buffer(inbox_), from_, [this](asio::error_code error, std::size_t size) {
    if (error) return;
    const auto response =
        respond({inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(size)}, false);
    if (response && response->first.hold) held_.emplace_back(from_, response->second);
    else if (response) udp_.send_to(asio::buffer(response->second), from_);
    receive();
  });
}

void DnsServerPeer::accept() {
  tcp_.async_accept([this](asio::error_code error, tcp::socket socket) {
    if (error) return;
    connections_.push_back(std::make_shared<Connection>(std::move(socket)));
    read(connections_.back());
    accept();
  });
}

void DnsServerPeer::read(const std::shared_ptr<Connection>& connection) {
  asio::async_read(connection->socket, asio::buffer(connection->length),
                   [this, connection](asio::error_code error, std::size_t) {
                     if (error) return;
                     connection->query.resize(
                         static_cast<std::size_t>(connection->length[0] << 8 | connection->length[1]));
                     asio::async_read(
                         connection->socket, asio::buffer(connection->query),
                         [this, connection](asio::error_code failed, std::size_t) {
                           if (failed) return;
                           const auto response = respond(connection->query, true);
                           if (response && response->first.close_tcp) return connection->socket.close();
                           if (response) {
                             connection->answer.clear();
                             put16(connection->answer, response->second.size());
                             connection->answer.insert(connection->answer.end(), response->second.begin(),
                                                       response->second.end());
                             asio::write(connection->socket, asio::buffer(connection->answer), failed);
                           }
                           read(connection);
                         });
                   });
}

}  // namespace rdpwatch::test
